/** Who is giving the medicines? A name and a PIN, or a badge. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { readScan } from "../gs1.ts";
import { words } from "../messages.ts";
import { listenToScans } from "../scanning.ts";
import { NotSignedIn, fetchTiles, signIn, staffOfBadge, type Claim } from "../session.ts";
import * as state from "../state.ts";
import { Icon, NumberPad, SaveState } from "./parts.tsx";

export function Start() {
  const text = words();
  const claim = useSignal<Claim | null>(null);
  const pin = useSignal("");
  const problem = useSignal<string | null>(null);
  const isBusy = useSignal(false);

  const choose = (next: Claim | null): void => {
    claim.value = next;
    pin.value = "";
    problem.value = null;
  };
  const attempt = async (): Promise<void> => {
    if (!claim.value || isBusy.value) return;
    isBusy.value = true;
    problem.value = null;
    try {
      await signIn(claim.value, pin.value);
    } catch (why) {
      if (!(why instanceof NotSignedIn)) throw why;
      problem.value = why.message;
      pin.value = "";
    } finally {
      isBusy.value = false;
    }
  };
  useEffect(() => listenToScans((scan) => {
    const value = readScan(scan.text, { today: "2000-01-01" });
    if (value.kind === "badge") choose({ tile: staffOfBadge(value.key), badge: value.key });
    else problem.value = text.notABadge;
    return true;
  }), []);
  useEffect(() => {
    void fetchTiles();
  }, []);

  const person = claim.value;
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
                <button type="button" class="tile" onClick={() => choose({ tile, badge: null })}>
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
          <button type="button" class="link" onClick={() => choose(null)}>
            <Icon name="back" />{text.notYou}
          </button>
          <h1>{person.tile ? text.pinFor(person.tile.display_name) : text.pinForBadge}</h1>
          <PinDots length={pin.value.length} />
          <p class="pin-message" role="alert">{problem.value ?? (isBusy.value ? text.checking : "")}</p>
          <NumberPad
            value={pin.value} busy={isBusy.value} done={text.pinEnter} onChange={(value) => (pin.value = value)}
            onDone={() => void attempt()}
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
