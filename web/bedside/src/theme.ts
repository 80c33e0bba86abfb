/** Day or night? By the carer's choice, else by the clock in the home. */

import { effect } from "@preact/signals";
import { homeClock } from "./fold.ts";
import * as state from "./state.ts";

const NIGHT_FROM = 20 * 60 + 30;
const NIGHT_UNTIL = 6 * 60 + 30;

export function isNight(theme: "auto" | "day" | "night", now: number): boolean {
  if (theme !== "auto") return theme === "night";
  const { minutes } = homeClock(now);
  return minutes >= NIGHT_FROM || minutes < NIGHT_UNTIL;
}

export function followTheme(): void {
  effect(() => {
    const night = isNight(state.settings.value.theme, state.tick.value);
    document.documentElement.dataset["theme"] = night ? "night" : "day";
    document.querySelector('meta[name="theme-color"]')?.setAttribute("content", night ? "#0a0f14" : "#ffffff");
  });
}
