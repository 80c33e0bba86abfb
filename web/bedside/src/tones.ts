/** What does each sound consist of, and how is it made? Whether it may sound is the caller's question. */

export type Sound = "pot" | "recorded" | "stop" | "ask";

// Each tone: hertz, start and length in seconds. A stop goes down, a question goes up.
const TONES: Record<Sound, [number, number, number][]> = {
  pot: [[1320, 0, 0.07]],
  recorded: [[880, 0, 0.09], [1320, 0.1, 0.14]],
  ask: [[520, 0, 0.14], [780, 0.17, 0.2]],
  stop: [[330, 0, 0.22], [220, 0.27, 0.4]],
};

/** Sound on an audio context that is open. */
export function sound(audio: AudioContext, name: Sound): void {
  if (audio.state === "suspended") void audio.resume();
  for (const [hertz, start, length] of TONES[name]) tone(audio, hertz, audio.currentTime + start, length);
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
