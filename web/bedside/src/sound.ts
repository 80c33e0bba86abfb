/** Which sound goes with what happened? Short, made on the device, off when the carer says so. */

import { afterPaint } from "./after_paint.ts";
import { settings } from "./state.ts";
import { sound as make, type Sound } from "./tones.ts";

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
    make(context, sound);
  } catch {
    context = null;
  }
}

/** Shake gently: an on-time medicine is due. Only called between people. */
export function buzz(): void {
  navigator.vibrate?.(120);
}
