/** Did a second person see this controlled drug and count what is left, without being told the number? */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { advance, type Drafted } from "../acts.ts";
import { amount } from "../format.ts";
import { readScan } from "../gs1.ts";
import { words } from "../messages.ts";
import { laterWords } from "../messages_later.ts";
import type { StaffTile } from "../model.ts";
import { listenToScans } from "../scanning.ts";
import { NotSignedIn, checkPinHere, staffOfBadge } from "../session.ts";
import * as state from "../state.ts";
import { isNight } from "../theme.ts";
import { isSecure, proof } from "../vault.ts";
import { Icon, NumberPad, Sheet, closeOverlay, MedicineName } from "./parts.tsx";
import { PinDots } from "./start.tsx";

interface Signed {
  tile: StaffTile;
  at: string;
  proof: string | null;
}

export function Witness({ draft }: { draft: Drafted }) {
  const text = laterWords();
  const signed = useSignal<Signed | null>(null);
  const { prescription } = draft;
  const cancel = <button type="button" class="button button-wide" onClick={closeOverlay}>{text.cancel}</button>;
  return (
    <Sheet label={text.witnessTitle} footer={cancel}>
      <h1><Icon name="people" /> {text.witnessTitle}</h1>
      <MedicineName medicine={prescription.medicine} as="p" />
      {signed.value === null
        ? <WhoWitnesses draft={draft} onSigned={(who) => (signed.value = who)} />
        : <Count draft={draft} signed={signed.value} />}
    </Sheet>
  );
}

function WhoWitnesses({ draft, onSigned }: { draft: Drafted; onSigned: (who: Signed) => void }) {
  const text = words();
  const later = laterWords();
  const chosen = useSignal<StaffTile | null>(null);
  const pin = useSignal("");
  const problem = useSignal<string | null>(null);
  const isBusy = useSignal(false);
  const isBadge = useSignal(false);
  const giver = state.session.value?.staff.id;
  const sign = (tile: StaffTile, ownProof: string | null): void =>
    onSigned({ tile, at: new Date(state.correctedNow()).toISOString(), proof: ownProof });
  useEffect(() => listenToScans((scan) => {
    const value = readScan(scan.text, { today: "2000-01-01" });
    const tile = value.kind === "badge" ? staffOfBadge(value.key) : null;
    if (!tile) problem.value = later.unknownBadge;
    else if (tile.id === giver) problem.value = later.witnessNotYou;
    else {
      // Badges are found on corridors: it says who, and the PIN proves it.
      [chosen.value, problem.value, isBadge.value] = [tile, null, true];
    }
    return true;
  }), []);
  const check = async (): Promise<void> => {
    const tile = chosen.value!;
    isBusy.value = true;
    try {
      const { ownKey } = await checkPinHere(tile.id, pin.value);
      sign(tile, isSecure() ? await proof(ownKey, `${draft.event_id}:${tile.id}`) : null);
    } catch (why) {
      if (!(why instanceof NotSignedIn)) throw why;
      problem.value = why.message;
      pin.value = "";
    } finally {
      isBusy.value = false;
    }
  };
  const person = chosen.value;
  return (
    <>
      {person === null && <p class="lead">{later.witnessIntro(amount(draft.amount ?? draft.low, draft.prescription.unit))}</p>}
      {problem.value && <p class="problem" role="alert">{problem.value}</p>}
      {person === null ? (
        <>
          <h2 class="heading">{later.witnessWho}</h2>
          <ul class="tiles tiles-small">
            {state.tiles.value.filter((tile) => tile.id !== giver).map((tile) => (
              <li key={tile.id}>
                <button type="button" class="tile" onClick={() => { chosen.value = tile; problem.value = null; }}>
                  <span class="tile-initials" aria-hidden="true">{tile.initials}</span>
                  <span class="tile-name">{tile.display_name}</span>
                </button>
              </li>
            ))}
          </ul>
          {state.world.value?.snapshot.policy?.has_unwitnessed_nights && isNight("auto", state.correctedNow()) && <NobodyCanWitness draft={draft} />}
        </>
      ) : (
        <section class="pin">
          <button type="button" class="link" onClick={() => { chosen.value = null; pin.value = ""; isBadge.value = false; }}><Icon name="back" />{text.notYou}</button>
          <h2 class="heading">{isBadge.value ? later.witnessBadge : text.pinFor(person.display_name)}</h2>
          <PinDots length={pin.value.length} />
          <NumberPad value={pin.value} busy={isBusy.value} done={text.pinEnter} onChange={(value) => (pin.value = value)} onDone={() => void check()} />
        </section>
      )}
    </>
  );
}

/** The witness types what is left, without being told the number: whether it is right is the server's to say. */
function Count({ draft, signed }: { draft: Drafted; signed: Signed }) {
  const text = laterWords();
  const counted = useSignal("");
  const problem = useSignal<string | null>(null);
  const done = (): void => {
    const value = counted.value.replace(/\.$/, "");
    if (!/^\d+(\.\d{1,4})?$/.test(value)) return void (problem.value = text.balanceWrong);
    advance({ ...draft, witness: { id: signed.tile.id, at: signed.at, proof: signed.proof, balance_counted: value } });
  };
  return (
    <>
      <p class="notice"><Icon name="tick" /> {text.witnessedBy(signed.tile.display_name)}</p>
      <h2 class="heading">{text.witnessCount}</h2>
      <p class="quiet">{text.witnessCountHint(amount("2", draft.prescription.stock_unit).replace(/^2 /, ""))}</p>
      {problem.value && <p class="problem" role="alert">{problem.value}</p>}
      <p class="typed-number" aria-live="polite">{counted.value || "–"}</p>
      <NumberPad value={counted.value} withPoint done={text.witnessPutIn} onChange={(value) => (counted.value = value)} onDone={done} />
    </>
  );
}

/** Only where the home's policy has it, and by night: kept with the reason, for a manager to look at. */
function NobodyCanWitness({ draft }: { draft: Drafted }) {
  const later = laterWords();
  const isOpen = useSignal(false);
  const reason = useSignal("");
  const problem = useSignal(false);
  if (!isOpen.value) return <button type="button" class="button button-wide" onClick={() => (isOpen.value = true)}>{later.noWitnessTitle}</button>;
  const use = (): void => {
    const no_witness_reason = reason.value.trim();
    if (!no_witness_reason) return void (problem.value = true);
    advance({ ...draft, no_witness_reason });
  };
  return (
    <section class="section">
      <h2>{later.noWitnessTitle}</h2>
      <label class="field">
        <span class="field-hint">{later.noWitnessHint}</span>
        {problem.value && <span class="field-problem" role="alert">{later.sayWhatNeeded}</span>}
        <textarea class="input" rows={3} maxLength={500} value={reason.value} onInput={(event) => (reason.value = event.currentTarget.value)} />
      </label>
      <button type="button" class="button button-wide" onClick={use}>{later.noWitnessUse}</button>
    </section>
  );
}
