/** When does a new version of the app start? Never in the middle of a round, never over unsent records. */

import { effect } from "@preact/signals";
import { lastTouch } from "./attention.ts";
import * as state from "./state.ts";

const LOOK_EVERY_MS = 30 * 60_000;
/** How long it must have been quiet. A request on its way while the old worker ends is never answered, and then holds
 * the new one up for minutes; and a person who has begun to sign in must not lose the page. */
export const CALM_MS = 3_000;

export async function followUpdates(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  let isReplacing = false;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (isReplacing) location.reload();
  });
  // Some browsers refuse it (private windows): the app then works as long as the page stays open.
  const registration = await navigator.serviceWorker
    .register("/bedside/sw.js", { scope: "/bedside/", updateViaCache: "none" })
    .catch(() => undefined);
  if (!registration) return;
  const notice = (): void => {
    // Without a controller this is the first version, which needs no one's leave.
    state.hasNewVersion.value = registration.waiting !== null && navigator.serviceWorker.controller !== null;
  };
  notice();
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", notice));
  setInterval(() => registration.update().catch(() => undefined), LOOK_EVERY_MS);
  let quietSince: number | null = null;
  effect(() => {
    // Asked again with every tick: a worker that is still answering something lets go a little later.
    const isWanted = state.tick.value !== 0 && state.hasNewVersion.value && isQuiet();
    quietSince = isWanted ? (quietSince ?? Date.now()) : null;
    if (quietSince === null || Date.now() - Math.max(quietSince, lastTouch()) < CALM_MS) return;
    isReplacing = true;
    registration.waiting?.postMessage("start");
  });
}

/** A round that nobody finished holds a new version back no longer than this. */
const ROUND_HOLDS_MS = 12 * 3600_000;

/** Nobody is in a round and nothing waits to be sent, as far as can be known. */
export function isQuiet(): boolean {
  const since = state.settings.value.round_open_since;
  if (since !== null && Math.abs(Date.now() - since) < ROUND_HOLDS_MS) return false;
  const isStart = state.screen.value.name === "start" || state.screen.value.name === "enrol";
  const unsent = state.session.value ? state.unsent.value : state.sealedUnsent.value;
  return isStart && unsent === 0 && state.work.value.pot.length === 0;
}
