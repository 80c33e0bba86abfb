/** Which screens are loaded only after the first one is up? Those in screens/later.tsx.
 *
 * They are on the device all the same: the service worker keeps them, and `prefetch` loads them once the first
 * screen is up, so that opening one never waits for a network.
 */

import { signal } from "@preact/signals";
import type { FunctionComponent } from "preact";
import { useEffect } from "preact/hooks";
import { words } from "./messages.ts";

declare const LATER_STYLE: string;

type Later = typeof import("./screens/later.tsx");

const later = signal<Later | null>(null);

/** Load the later screens, unless they are there. */
export async function prefetch(): Promise<void> {
  later.value ??= (await Promise.all([import("./screens/later.tsx"), style ??= styled()]))[0];
}

let style: Promise<unknown> | undefined;

/** How they look, in a file of its own beside them. Without it they still work. */
function styled(): Promise<unknown> {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = LATER_STYLE;
  return new Promise((resolve) => {
    link.onload = link.onerror = resolve;
    document.head.append(link);
  });
}

/** `isPart`: it stands inside a screen, which must not say that it is loading. */
export function lazy<Name extends keyof Later>(name: Name, isPart = false): Later[Name] {
  const Lazy: FunctionComponent<object> = (props) => {
    useEffect(() => void prefetch(), []);
    const Screen = later.value?.[name] as FunctionComponent<object> | undefined;
    if (!Screen && isPart) return null;
    return Screen ? <Screen {...props} /> : <main class="page"><p class="quiet">{words().loading}</p></main>;
  };
  return Lazy as Later[Name];
}
