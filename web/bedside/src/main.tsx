/** How does the app start? Disk first, then what was on it, then the screen, then the network. */

import { render } from "preact";
import { App } from "./app.tsx";
import { touched, watch } from "./attention.ts";
import { useStore } from "./disk.ts";
import { holdBack } from "./history.ts";
import { prefetch } from "./lazy.tsx";
import { useLanguage } from "./messages.ts";
import { wake } from "./network.ts";
import { scanned } from "./scanning.ts";
import { forgetFaces } from "./screens/parts.tsx";
import { enforceLease } from "./session.ts";
import { Store } from "./store.ts";
import * as state from "./state.ts";
import { followTheme } from "./theme.ts";
import { followUpdates } from "./update.ts";
import { listen } from "./wedge.ts";
import { effect } from "@preact/signals";

async function start(): Promise<void> {
  followTheme();
  const root = document.getElementById("app")!;
  root.replaceChildren();
  render(<App />, root);
  if (!(await isOnlyWindow())) {
    state.screen.value = { name: "blocked", why: "other_window" };
    return;
  }
  let store: Store;
  try {
    store = await Store.open();
  } catch {
    state.screen.value = { name: "blocked", why: "no_storage" };
    return;
  }
  useStore(store, wake);
  [state.device.value, state.tiles.value, state.settings.value, state.sealedUnsent.value] = await Promise.all([
    store.device(), store.tiles(), store.settings(), store.unsentCount(),
  ]);
  useLanguage(state.settings.value.language);
  await enforceLease();
  state.screen.value = { name: state.device.value ? "start" : "enrol" };
  listen(window, {
    onScan: (text, endedBy) => {
      touched();
      state.lastWedgeEnd.value = endedBy;
      scanned({ text, how: "wedge" });
    },
  });
  watch();
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") wake();
  });
  addEventListener("online", wake);
  effect(() => {
    if (!state.session.value) forgetFaces();
  });
  effect(() => {
    // What was said about one person must not stand over the next.
    if (state.screen.value.name === "person") state.toast.value = null;
    window.scrollTo(0, 0);
  });
  holdBack();
  // Without this the browser may throw away the records of a device that is short of space.
  void navigator.storage?.persist?.();
  await followUpdates();
  setTimeout(() => void prefetch(), 1500);
}

/** Two windows would make two chains of events out of one device. */
async function isOnlyWindow(): Promise<boolean> {
  if (!navigator.locks) return true;
  for (let attempt = 0; attempt < 10; attempt++) {
    const isOurs = await new Promise<boolean>((resolve) => {
      void navigator.locks.request("bedside", { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock ? new Promise<void>(() => undefined) : undefined;
      });
    });
    if (isOurs) return true;
    // A reload may come before the old page has let go.
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return false;
}

void start();
