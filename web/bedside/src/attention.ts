/** When does the app speak up by itself? A minute without a touch, and an on-time medicine between two people. */

import { effect } from "@preact/signals";
import { say } from "./acts.ts";
import { time } from "./format.ts";
import { words } from "./messages.ts";
import { signOut } from "./session.ts";
import { buzz, chime } from "./sound.ts";
import * as state from "./state.ts";

export const IDLE_MS = 60_000;
export const SIGN_OUT_MS = 10 * 60_000;
const TICK_MS = 5_000;

let touchedAt = Date.now();
const buzzed = new Set<string>();

export function touched(): void {
  touchedAt = Date.now();
}

/** When a person last touched the device, by its own clock. */
export function lastTouch(): number {
  return touchedAt;
}

export function watch(): void {
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, touched, { capture: true, passive: true });
  setInterval(() => {
    state.tick.value = Date.now();
    if (!state.session.value) return;
    const idle = Date.now() - touchedAt;
    if (idle > SIGN_OUT_MS && !state.isPractice.value) signOut();
    else if (idle > IDLE_MS && state.overlay.value === null && isWorking()) state.overlay.value = { name: "idle" };
  }, TICK_MS);
  effect(buzzBetweenPeople);
  effect(sayCountIsWrong);
}

const told = new Set<string>();

// The register's number is never shown: only that the count must be made again.
function sayCountIsWrong(): void {
  for (const entry of state.needsLook.value) {
    if (!state.isCountWrong(entry) || told.has(entry.event.id) || state.overlay.value !== null) continue;
    told.add(entry.event.id);
    chime("ask");
    state.overlay.value = { name: "recount" };
  }
}

function isWorking(): boolean {
  return ["person", "list", "finish"].includes(state.screen.value.name);
}

// Never mid-dose: only the list buzzes.
function buzzBetweenPeople(): void {
  if (state.screen.value.name !== "list" || state.overlay.value !== null) return;
  for (const { onTime, resident } of state.roundView.value?.people ?? []) {
    if (!onTime || onTime.timing === "early" || onTime.state !== "due" || buzzed.has(onTime.key)) continue;
    buzzed.add(onTime.key);
    buzz();
    say(`${words().onTimeTag(time(onTime.due.due_at))} ${resident.preferred_name}`);
  }
}
