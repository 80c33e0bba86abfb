/** May this when-required medicine be given now, how much, and what for? Too soon: no button, but the time. */

import { advance, newDraft, say } from "../acts.ts";
import { recordNotNeeded } from "../acts_later.ts";
import { choices, compare, subtract } from "../decimal.ts";
import { amount, day, moment, time } from "../format.ts";
import { foldAll, type PrnView } from "../fold.ts";
import { words } from "../messages.ts";
import { laterWords } from "../messages_later.ts";
import type { PastDose, PrnProtocol, ScanUsed } from "../model.ts";
import { byHand } from "../scanning.ts";
import * as state from "../state.ts";
import { AllergyBand, Icon, Sheet, Swallowing, closeOverlay, MedicineName } from "./parts.tsx";
import { Bar, PrnBar } from "./prn_bar.tsx";

type Props = { prescriptionId: PrnView["prescription"]["id"]; scan: ScanUsed | null; packId: string | number | null; findings: string[] };

export function Prn(props: Props) {
  const text = words();
  const later = laterWords();
  const world = state.world.value!;
  const line = world.snapshot.prescriptions.find((each) => each.id === props.prescriptionId);
  const prn = line && foldAll(world, line.resident_id).prns.get(line.id);
  if (!prn) return null;
  const { prescription, resident } = prn;
  const { medicine } = prescription;
  const protocol = prescription.prn?.protocol ?? null;
  const condition = prescription.prn?.condition || prescription.reason;
  return (
    <Sheet label={medicine.name} footer={<button type="button" class="button button-wide" onClick={closeOverlay}>{later.cancel}</button>}>
      <p class="sheet-person">{resident.preferred_name} · {text.room(resident.room)}</p>
      <MedicineName medicine={medicine} as="h1" />
      <AllergyBand resident={resident} />
      <Swallowing resident={resident} />
      {condition && <p class="dose">{later.prnFor(condition)}</p>}
      {prescription.instructions.length > 0 && <ul class="instructions">{prescription.instructions.map((each) => <li key={each}>{each}</li>)}</ul>}
      {protocol?.try_first && <p class="notice"><strong>{later.protocolRows.try_first}:</strong> {protocol.try_first}</p>}
      <p class="prn-last">{prn.lastGivenAt === null ? later.prnNever : later.prnLast(moment(prn.lastGivenAt, world.now))}</p>
      <PrnBar prn={prn} />
      {prn.limits.map((limit) => (
        <Bar key={limit.ingredient_id} given={limit.given_mg_24h} most={limit.max_mg_24h} label={later.ingredientBar(limit.name, limit.given_mg_24h, limit.max_mg_24h)} />
      ))}
      {prn.opensAt === null ? <Giving prn={prn} {...props} /> : (
        <div class="closed" role="status">
          <Icon name="lock" />
          <div>
            <p class="closed-title">{prn.blockedBy === "prn_over_maximum" ? later.prnFull : later.prnClosedTitle}</p>
            <p class="closed-time">{later.prnClosed(moment(prn.opensAt, world.now))}</p>
          </div>
        </div>
      )}
      <h2 class="heading">{later.history}</h2>
      <Doses doses={prn.history} none={later.historyNone} unit={prescription.unit} />
      {prn.others.length > 0 && (
        <>
          <h2 class="heading">{later.others}</h2>
          <p class="quiet">{later.othersHint}</p>
          <Doses doses={prn.others} none="" unit="" />
        </>
      )}
      {protocol && <Protocol protocol={protocol} />}
    </Sheet>
  );
}

function Giving({ prn, scan, packId, findings }: Props & { prn: PrnView }) {
  const text = words();
  const later = laterWords();
  const { prescription } = prn;
  const limits = prescription.prn;
  const offered = limits ? choices(limits.low, limits.high).filter((each) => fits(prn, each)) : [];
  const effectAfter = limits?.effect_after_minutes ?? null;
  const notNeeded = (): void => {
    recordNotNeeded(prescription).then(() => {
      closeOverlay();
      say(text.recorded(1));
    }, () => undefined);
  };
  return (
    <>
      {scan === null ? (
        <>
          <p class="footer-words footer-strong">{later.prnScan}</p>
          <button type="button" class="button button-wide" onClick={() => byHand(prescription.id, null)}><Icon name="hand" />{text.byHand}</button>
        </>
      ) : (
        <>
          <h2 class="heading">{later.prnHowMany}</h2>
          {limits?.protocol?.choosing && <p>{limits.protocol.choosing}</p>}
          <div class="grid-two">
            {offered.map((each) => (
              <button
                key={each} type="button" class="button button-main"
                onClick={() => advance(newDraft(prescription, { scan, amount: each, pack_id: packId, findings }))}
              >{amount(each, prescription.unit)}</button>
            ))}
          </div>
          {effectAfter !== null && <p class="quiet">{later.prnAskLater(time(state.correctedNow() + effectAfter * 60_000))}</p>}
        </>
      )}
      <div class="stack"><button type="button" class="button button-wide" onClick={notNeeded}>{later.prnNotNeeded}</button></div>
    </>
  );
}

/** Oldest first, as the day went. */
function Doses({ doses, none, unit }: { doses: PastDose[]; none: string; unit: string }) {
  const later = laterWords();
  const { now } = state.world.value!;
  if (doses.length === 0) return <p class="quiet">{none}</p>;
  return (
    <ul class="lines">
      {doses.map((dose) => (
        <li key={`${dose.prescription_id}${dose.given_at}`} class="line">
          <strong>{moment(dose.given_at, now)} · {amount(dose.amount, dose.unit ?? unit)}</strong>
          <span>
            {[unit ? null : dose.medicine_name, dose.by_initials, unit ? (dose.effect ? later.effectShort[dose.effect] : later.notLookedAt) : null].filter(Boolean).join(" · ")}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Protocol({ protocol }: { protocol: PrnProtocol }) {
  const later = laterWords();
  const rows = later.protocolRows;
  const found: [string, string | null][] = [
    [rows.condition, protocol.condition], [rows.asks, protocol.can_ask ? later.canAsk : later.cannotAsk], [rows.signs, protocol.signs],
    [rows.try_first, protocol.try_first], [rows.choosing, protocol.choosing],
    [rows.order, protocol.order === null ? null : later.orderWords(protocol.order)], [rows.expected_effect, protocol.expected_effect],
    [rows.call_when, protocol.call_when], [rows.review_on, protocol.review_on && day(protocol.review_on)],
  ];
  return (
    <>
      <h2 class="heading">{later.protocol}</h2>
      <dl class="eye">
        {found.filter(([, value]) => value).map(([label, value]) => <div key={label}><dt>{label}</dt><dd class="plain">{value}</dd></div>)}
      </dl>
    </>
  );
}

/** An amount that would go over the most for 24 hours is not offered. */
function fits(prn: PrnView, wanted: string): boolean {
  const most = prn.prescription.prn?.max_amount_24h ?? null;
  return most === null || compare(wanted, subtract(most, prn.given24h)) <= 0;
}
