/** Who is giving the medicines? A name and a PIN, or a badge. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { readScan } from "../gs1.ts";
import { words } from "../messages.ts";
import type { StaffTile } from "../model.ts";
import { listenToScans } from "../scanning.ts";
import { NotSignedIn, fetchTiles, signInWithBadge, signInWithPin } from "../session.ts";
import * as state from "../state.ts";
import { Icon, NumberPad, SaveState } from "./parts.tsx";

export function Start() {
  const text = words();
  const chosen = useSignal<StaffTile | null>(null);
  const pin = useSignal("");
  const problem = useSignal<string | null>(null);
  const isBusy = useSignal(false);

  const attempt = async (work: () => Promise<void>): Promise<void> => {
    isBusy.value = true;
    problem.value = null;
    try {
      await work();
    } catch (why) {
      if (!(why instanceof NotSignedIn)) throw why;
      problem.value = why.message;
      pin.value = "";
      const asked = state.tiles.value.find((tile) => tile.id === why.staffId);
      if (asked) chosen.value = asked;
    } finally {
      isBusy.value = false;
    }
  };
  useEffect(() => listenToScans((scan) => {
    const value = readScan(scan.text, { today: "2000-01-01" });
    if (value.kind === "badge") void attempt(() => signInWithBadge(value.key));
    else problem.value = text.notABadge;
    return true;
  }), []);
  useEffect(() => {
    if (state.tiles.value.length === 0) void fetchTiles();
  }, []);

  const person = chosen.value;
  return (
    <main class="page page-start">
      <div class="start-top">
        <p class="start-home">{state.device.value?.home.name}</p>
        <SaveState />
      </div>
      {state.isRevoked.value && <p class="problem" role="alert">{text.revoked}</p>}
      {person === null ? (
        <>
          <h1>{text.whoAreYou}</h1>
          <p class="lead">{text.whoHint}</p>
          {problem.value && <p class="problem" role="alert">{problem.value}</p>}
          {state.tiles.value.length === 0 && (
            <div class="empty">
              <p>{text.noStaff}</p>
              <button type="button" class="button" onClick={() => void fetchTiles()}>{text.tryAgain}</button>
            </div>
          )}
          <ul class="tiles">
            {state.tiles.value.map((tile) => (
              <li key={tile.id}>
                <button type="button" class="tile" onClick={() => { chosen.value = tile; pin.value = ""; problem.value = null; }}>
                  <span class="tile-initials" aria-hidden="true">{tile.initials}</span>
                  <span class="tile-name">{tile.display_name}</span>
                  <span class="tile-role">{text.roles[tile.role] ?? tile.role}</span>
                </button>
              </li>
            ))}
          </ul>
        </>
      ) : (
        <section class="pin">
          <button type="button" class="link" onClick={() => { chosen.value = null; problem.value = null; }}>
            <Icon name="back" />{text.notYou}
          </button>
          <h1>{text.pinFor(person.display_name)}</h1>
          <PinDots length={pin.value.length} />
          <p class="pin-message" role="alert">{problem.value ?? (isBusy.value ? text.checking : "")}</p>
          <NumberPad
            value={pin.value} busy={isBusy.value} done={text.pinEnter} onChange={(value) => (pin.value = value)}
            onDone={() => void attempt(() => signInWithPin(person, pin.value))}
          />
        </section>
      )}
    </main>
  );
}

export function PinDots({ length }: { length: number }) {
  return (
    <div class="dots" role="img" aria-label={words().pinDigits(length)}>
      {Array.from({ length: Math.max(4, length) }, (_, i) => <span key={i} class={i < length ? "dot dot-on" : "dot"} />)}
    </div>
  );
}
