/** May this when-required medicine be given now, how much, and what for? Too soon: no button, but the time. */

import { advance, newDraft, recordNotNeeded, say } from "../acts.ts";
import { choices, compare, subtract } from "../decimal.ts";
import { amount, moment, time } from "../format.ts";
import type { PrnView } from "../fold.ts";
import { words } from "../messages.ts";
import type { ScanUsed } from "../model.ts";
import { byHand } from "../scanning.ts";
import * as state from "../state.ts";
import { AllergyBand, Icon, Sheet, closeOverlay, MedicineName } from "./parts.tsx";

export function PrnBar({ prn }: { prn: PrnView }) {
  const text = words();
  const most = prn.prescription.prn?.max_amount_24h ?? null;
  const unit = prn.prescription.unit;
  if (most === null) return <p class="bar-words">{text.prnNoMax(prn.given24h, plural(unit))}</p>;
  const share = Math.min(100, Math.round((Number(prn.given24h) / Number(most)) * 100));
  const label = text.prnBar(prn.given24h, most, plural(unit));
  return (
    <div class="bar-line">
      <svg class={`bar ${share >= 100 ? "bar-full" : ""}`} viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        <rect class="bar-ground" width="100" height="8" />
        <rect class="bar-fill" width={share} height="8" />
      </svg>
      <p class="bar-words">{label}</p>
    </div>
  );
}

function plural(unit: string): string {
  return amount("2", unit).replace(/^2 /, "");
}

export function Prn(props: { prescriptionId: PrnView["prescription"]["id"]; scan: ScanUsed | null; packId: string | number | null; findings: string[] }) {
  const text = words();
  const world = state.world.value!;
  const prn = state.foldedAll.value?.prns.get(props.prescriptionId);
  if (!prn) return null;
  const { prescription, resident } = prn;
  const { medicine } = prescription;
  const limits = prescription.prn;
  const offered = limits ? choices(limits.low, limits.high).filter((each) => fits(prn, each)) : [];
  const put = (wanted: string): void => {
    if (!props.scan) return byHand(prescription.id, null);
    advance(newDraft(prescription, { scan: props.scan, amount: wanted, pack_id: props.packId, findings: props.findings }));
  };
  const effectAt = world.now + (limits?.effect_after_minutes ?? 60) * 60_000;
  return (
    <Sheet label={medicine.name} footer={<button type="button" class="button button-wide" onClick={closeOverlay}>{text.cancel}</button>}>
      <p class="sheet-person">{resident.preferred_name} · {text.room(resident.room)}</p>
      <MedicineName medicine={medicine} as="h1" />
      <AllergyBand resident={resident} />
      {(limits?.condition || prescription.reason) && <p class="dose">{text.prnFor(limits?.condition || prescription.reason)}</p>}
      {prescription.instructions.length > 0 && <ul class="instructions">{prescription.instructions.map((each) => <li key={each}>{each}</li>)}</ul>}
      <p class="prn-last">{prn.lastGivenAt === null ? text.prnNever : text.prnLast(moment(prn.lastGivenAt, world.now))}</p>
      <PrnBar prn={prn} />
      <p class="quiet">{text.prnShares}</p>
      {prn.opensAt !== null ? (
        <div class="closed" role="status">
          <Icon name="lock" />
          <div>
            <p class="closed-title">{prn.blockedBy === "prn_over_maximum" ? text.prnFull : text.prnClosedTitle}</p>
            <p class="closed-time">{text.prnClosed(moment(prn.opensAt, world.now))}</p>
          </div>
        </div>
      ) : props.scan === null ? (
        <>
          <p class="footer-words footer-strong">{text.prnScan}</p>
          <button type="button" class="button button-wide" onClick={() => byHand(prescription.id, null)}><Icon name="hand" />{text.byHand}</button>
        </>
      ) : (
        <>
          <h2 class="heading">{text.prnHowMany}</h2>
          <div class="grid-two">
            {offered.map((each) => (
              <button key={each} type="button" class="button button-main" onClick={() => put(each)}>{amount(each, prescription.unit)}</button>
            ))}
          </div>
          <p class="quiet">{text.prnAskLater(time(effectAt))}</p>
        </>
      )}
      {prn.opensAt === null && <button
        type="button" class="button button-wide"
        onClick={() => recordNotNeeded(prescription).then(() => { closeOverlay(); say(text.recorded(1)); }, () => undefined)}
      >{text.prnNotNeeded}</button>}
    </Sheet>
  );
}

/** An amount that would go over the most for 24 hours is not offered. */
function fits(prn: PrnView, wanted: string): boolean {
  const most = prn.prescription.prn?.max_amount_24h ?? null;
  return most === null || compare(wanted, subtract(most, prn.given24h)) <= 0;
}
