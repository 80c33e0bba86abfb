/** What does the phone's own Back button do? What the arrow on the screen does, and it never leaves a round. */

import * as state from "./state.ts";

/** Where Back leads from here; null when there is nowhere further back. */
export function before(at: state.Screen, isRoundOpen: boolean): state.Screen | null {
  const round: state.Screen = { name: isRoundOpen ? "list" : "welcome" };
  switch (at.name) {
    case "person":
    case "finish":
      return { name: "list" };
    case "scanner":
      return { name: "menu" };
    case "menu":
    case "outbox":
    case "handover":
    case "creams":
      return round;
    case "list":
      return { name: "welcome" };
    default:
      return null;
  }
}

function back(): void {
  const over = state.overlay.value;
  // A stop and "who is here?" are answered with their own buttons.
  if (over) {
    if (over.name !== "stop" && over.name !== "idle") state.overlay.value = null;
    return;
  }
  const to = before(state.screen.value, state.roundView.value?.isOpen ?? false);
  if (to) state.screen.value = to;
}

/** Keep one entry of our own in front of the browser's history, so that Back comes here first. */
export function holdBack(): void {
  history.pushState({ app: true }, "");
  addEventListener("popstate", () => {
    back();
    history.pushState({ app: true }, "");
  });
}
