/** Did a second person see this controlled drug and count what is left, without being told the number? */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { advance, keepScan, say, type Drafted } from "../acts.ts";
import { compare, subtract } from "../decimal.ts";
import { amount } from "../format.ts";
import { readScan } from "../gs1.ts";
import { words } from "../messages.ts";
import type { StaffTile } from "../model.ts";
import { listenToScans } from "../scanning.ts";
import { NotSignedIn, checkPinHere, staffOfBadge } from "../session.ts";
import * as state from "../state.ts";
import { isSecure, proof } from "../vault.ts";
import { Icon, NumberPad, Sheet, closeOverlay, MedicineName } from "./parts.tsx";
import { PinDots } from "./start.tsx";

interface Signed {
  tile: StaffTile;
  at: string;
  proof: string | null;
}

export function Witness({ draft }: { draft: Drafted }) {
  const text = words();
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
  const chosen = useSignal<StaffTile | null>(null);
  const pin = useSignal("");
  const problem = useSignal<string | null>(null);
  const isBusy = useSignal(false);
  const giver = state.session.value?.staff.id;
  const sign = (tile: StaffTile, ownProof: string | null): void =>
    onSigned({ tile, at: new Date(state.correctedNow()).toISOString(), proof: ownProof });
  useEffect(() => listenToScans((scan) => {
    const value = readScan(scan.text, { today: "2000-01-01" });
    const tile = value.kind === "badge" ? staffOfBadge(value.key) : null;
    if (!tile) problem.value = text.unknownBadge;
    else if (tile.id === giver) problem.value = text.witnessNotYou;
    else sign(tile, null);
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
      <p class="lead">{text.witnessIntro(amount(draft.amount ?? draft.low, draft.prescription.unit))}</p>
      {problem.value && <p class="problem" role="alert">{problem.value}</p>}
      {person === null ? (
        <>
          <h2 class="heading">{text.witnessWho}</h2>
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
        </>
      ) : (
        <section class="pin">
          <button type="button" class="link" onClick={() => { chosen.value = null; pin.value = ""; }}><Icon name="back" />{text.notYou}</button>
          <h2 class="heading">{text.pinFor(person.display_name)}</h2>
          <PinDots length={pin.value.length} />
          <NumberPad value={pin.value} busy={isBusy.value} done={text.pinEnter} onChange={(value) => (pin.value = value)} onDone={() => void check()} />
        </section>
      )}
    </>
  );
}

/** The witness types what is left. The expected number is compared here and never shown. */
function Count({ draft, signed }: { draft: Drafted; signed: Signed }) {
  const text = words();
  const counted = useSignal("");
  const problem = useSignal<string | null>(null);
  const wrongCounts = useSignal(0);
  const expected = expectedBalance(draft);
  const done = (): void => {
    const value = counted.value.replace(/\.$/, "");
    if (!/^\d+(\.\d{1,4})?$/.test(value)) return void (problem.value = text.balanceWrong);
    const isRight = expected === null || compare(value, expected) === 0;
    if (!isRight && wrongCounts.value === 0) {
      wrongCounts.value = 1;
      counted.value = "";
      problem.value = text.witnessRecount;
      return;
    }
    if (!isRight) say(text.witnessMismatch);
    const findings = isRight ? draft.findings : [...draft.findings, "balance_differs"];
    advance({ ...draft, findings, witness: { id: signed.tile.id, at: signed.at, proof: signed.proof, balance_counted: value } });
    if (!isRight) noteMismatch(draft);
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

/** What the register should say once this dose is out, by the last snapshot and this device's own doses since. */
function expectedBalance(draft: Drafted): string | null {
  const world = state.world.value!;
  const { resident_id, medicine } = draft.prescription;
  const line = world.snapshot.stock.find((each) => each.resident_id === resident_id && each.medicine_id === medicine.id);
  if (!line) return null;
  const inPot = world.pot.filter((item) => item.prescription_id === draft.prescription.id).map((item) => item.amount);
  const own = state.givenSince(draft.prescription.id);
  return [...inPot, ...own, draft.amount ?? draft.low].reduce((left, each) => subtract(left, each), line.balance);
}

function noteMismatch(draft: Drafted): void {
  const match = {
    meaning: "unknown" as const, result: "asked" as const, resident_id: draft.prescription.resident_id,
    prescription_id: draft.prescription.id, due_at: draft.due_at, pack_id: draft.pack_id,
    findings: [{ code: "balance_differs", level: "note" as const }],
  };
  keepScan(match, draft.scan.text ?? "", draft.scan.how, { overridden: true, reason: "balance_differs" });
}
