/** Which sound goes with what happened? Short, made on the device, off when the carer says so. */

import { afterPaint } from "./after_paint.ts";
import { settings } from "./state.ts";

export type Sound = "pot" | "recorded" | "stop" | "ask";

// Each tone: hertz, start and length in seconds. A stop goes down, a question goes up.
const TONES: Record<Sound, [number, number, number][]> = {
  pot: [[1320, 0, 0.07]],
  recorded: [[880, 0, 0.09], [1320, 0.1, 0.14]],
  ask: [[520, 0, 0.14], [780, 0.17, 0.2]],
  stop: [[330, 0, 0.22], [220, 0.27, 0.4]],
};

let context: AudioContext | null = null;

/** Play a sound and, where the device can, shake for a stop: heard just after it is seen. */
export function chime(sound: Sound): void {
  afterPaint(() => play(sound));
}

/** Open the device's sound between two scans: the first scan must not wait for it. Needs an earlier touch of the screen. */
export function openSound(): void {
  if (!settings.value.sound || typeof AudioContext === "undefined") return;
  try {
    context ??= new AudioContext();
  } catch {
    context = null;
  }
}

// Never throws: silence is not a fault.
function play(sound: Sound): void {
  if (sound === "stop") navigator.vibrate?.([180, 80, 180]);
  if (!settings.value.sound || typeof AudioContext === "undefined") return;
  try {
    context ??= new AudioContext();
    if (context.state === "suspended") void context.resume();
    for (const [hertz, start, length] of TONES[sound]) tone(context, hertz, context.currentTime + start, length);
  } catch {
    context = null;
  }
}

function tone(audio: AudioContext, hertz: number, at: number, length: number): void {
  const oscillator = audio.createOscillator();
  const gain = audio.createGain();
  oscillator.frequency.value = hertz;
  oscillator.type = "triangle";
  gain.gain.setValueAtTime(0.0001, at);
  gain.gain.exponentialRampToValueAtTime(0.35, at + 0.015);
  gain.gain.exponentialRampToValueAtTime(0.0001, at + length);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(at);
  oscillator.stop(at + length + 0.05);
}

/** Shake gently: an on-time medicine is due. Only called between people. */
export function buzz(): void {
  navigator.vibrate?.(120);
}
