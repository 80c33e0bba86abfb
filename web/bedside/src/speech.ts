/** Can this device read aloud, and in which voice? Names and doses are read as they are written. */

import { settings } from "./state.ts";

export function canRead(): boolean {
  return typeof speechSynthesis !== "undefined" && speechSynthesis.getVoices().length > 0;
}

export function read(words: string): void {
  if (!canRead()) return;
  speechSynthesis.cancel();
  const utterance = new SpeechSynthesisUtterance(words);
  utterance.lang = settings.value.language === "en" ? "en-GB" : settings.value.language;
  utterance.rate = 0.95;
  speechSynthesis.speak(utterance);
}
