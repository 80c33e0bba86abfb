/** What can a carer do, and what is kept of it?
 *
 * Each act ends in `keep`: an event on disk before the screen says so. What is only under way (the pot, try
 * again) is kept as work, not as a record.
 */

import { keep, setWork } from "./disk.ts";
import type { Act } from "./event.ts";
import { uuid7 } from "./event.ts";
import { POT_AGES_MS, RETRY_MS, doseKey, homeClock, type DoseView, type PotItem } from "./fold.ts";
import type { AdministrationBody, EffectBody, Id, Prescription, RoundBody, ScanBody, ScanUsed } from "./model.ts";
import type { Match } from "./match.ts";
import { words } from "./messages.ts";
import { chime } from "./sound.ts";
import * as state from "./state.ts";
import type { Draft } from "./state.ts";

export type Drafted = Draft;

function staffId(): Id {
  const session = state.session.value;
  if (!session) throw new Error("nobody is signed in");
  return session.staff.id;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

export function newDraft(prescription: Prescription, from: Partial<Draft> & Pick<Draft, "scan">): Draft {
  const low = from.low ?? prescription.prn?.low ?? "1";
  const high = from.high ?? prescription.prn?.high ?? low;
  return {
    prescription, due_at: null, pack_id: null, findings: [], amount: null, note: null, witness: null,
    event_id: uuid7(), ...from, low, high,
  };
}

/** Ask for what is still missing, or put the dose in the pot. */
export function advance(draft: Draft): void {
  const amount = draft.amount ?? (draft.low === draft.high ? draft.low : null);
  if (amount === null) {
    state.overlay.value = { name: "amount", draft };
    return;
  }
  const ready = { ...draft, amount };
  if (ready.prescription.medicine.is_cd && ready.witness === null) {
    state.overlay.value = { name: "witness", draft: ready };
    return;
  }
  putInPot({ ...ready, amount });
}

function putInPot(draft: Draft & { amount: string }): void {
  const item: PotItem = {
    key: potKey(draft.prescription.id, draft.due_at),
    resident_id: draft.prescription.resident_id,
    prescription_id: draft.prescription.id,
    due_at: draft.due_at,
    amount: draft.amount,
    pack_id: draft.pack_id,
    scan: draft.scan,
    findings: draft.findings,
    at: state.correctedNow(),
    note: draft.note,
    event_id: draft.event_id,
    witness: draft.witness,
  };
  const { pot, later } = state.work.value;
  setWork({
    pot: [...pot.filter((each) => each.key !== item.key), item],
    later: later.filter((each) => each.key !== item.key),
  });
  state.overlay.value = null;
  chime("pot");
}

export function potKey(prescriptionId: Id, dueAt: string | null): string {
  return dueAt === null ? `${prescriptionId}@when-required` : doseKey(prescriptionId, dueAt);
}

export function takeBack(key: string): void {
  setWork({ pot: state.work.value.pot.filter((item) => item.key !== key) });
}

export function isOld(item: PotItem): boolean {
  return state.correctedNow() - item.at > POT_AGES_MS;
}

/** "Joan took all 3": one event for each dose in the pot, all of them on disk or none. */
export async function recordPot(residentId: Id): Promise<number> {
  const items = state.work.value.pot.filter((item) => item.resident_id === residentId && !isOld(item));
  const acts = items.flatMap((item) => {
    const prescription = findPrescription(item.prescription_id);
    return prescription ? [givenAct(item, prescription)] : [];
  });
  await keep(acts);
  const recorded = new Set(items.map((item) => item.key));
  setWork({ pot: state.work.value.pot.filter((item) => !recorded.has(item.key)) });
  chime("recorded");
  return acts.length;
}

function givenAct(item: PotItem, prescription: Prescription): Act {
  const at = state.correctedNow();
  const effectMinutes = prescription.prn?.effect_after_minutes ?? 60;
  return administration(item.event_id, {
    ...blank(prescription, item.due_at, item.scan),
    outcome: "given",
    amount: item.amount,
    pack_id: item.pack_id,
    note: item.note,
    findings_shown: item.findings,
    witness_id: item.witness?.id ?? null,
    witnessed_at: item.witness?.at ?? null,
    witness_proof: item.witness?.proof ?? null,
    balance_counted: item.witness?.balance_counted ?? null,
    effect_due_at: prescription.kind === "when_required" ? iso(at + effectMinutes * 60_000) : null,
  });
}

function blank(prescription: Prescription, dueAt: string | null, scan: ScanUsed): AdministrationBody {
  return {
    resident_id: prescription.resident_id, prescription_id: prescription.id, prescription_version: prescription.version,
    due_at: dueAt, given_at: iso(state.correctedNow()), outcome: "given", amount: null, unit: prescription.unit,
    pack_id: null, scan, note: null, round_id: state.round.value?.id ?? null, findings_shown: [], witness_id: null,
    witnessed_at: null, witness_proof: null, balance_counted: null, wasted_amount: null, site: null, reading: null,
    effect_due_at: null,
  };
}

function administration(id: string, body: AdministrationBody): Act {
  return { kind: "administration", body, staff_id: staffId(), id };
}

function findPrescription(id: Id): Prescription | undefined {
  return state.known.value?.snapshot.prescriptions.find((each) => each.id === id);
}

/** One outcome for one or more doses that were not taken. What was already in the pot counts as wasted. */
export async function recordNotGiven(doses: DoseView[], outcome: string, note: string | null): Promise<void> {
  const byHand: ScanUsed = { how: "by_hand", text: null, by_hand_reason: null };
  const isGiven = outcome === "self_administered" || outcome === "given_by_other_professional";
  const acts = doses.map((dose) => {
    const item = dose.pot;
    return administration(uuid7(), {
      ...blank(dose.prescription, dose.due.due_at, item?.scan ?? byHand),
      outcome,
      note,
      amount: isGiven ? dose.due.low : null,
      pack_id: item?.pack_id ?? null,
      wasted_amount: !isGiven && item ? item.amount : null,
      findings_shown: item?.findings ?? [],
    });
  });
  await keep(acts);
  const keys = new Set(doses.map((dose) => dose.key));
  const { pot, later } = state.work.value;
  setWork({ pot: pot.filter((item) => !keys.has(item.key)), later: later.filter((item) => !keys.has(item.key)) });
  chime("recorded");
}

/** A when-required medicine was offered and not needed. */
export async function recordNotNeeded(prescription: Prescription): Promise<void> {
  const scan: ScanUsed = { how: "by_hand", text: null, by_hand_reason: null };
  await keep([administration(uuid7(), { ...blank(prescription, null, scan), outcome: "not_required" })]);
}

export function tryLater(keys: string[]): void {
  const until = state.correctedNow() + RETRY_MS;
  const { later, pot } = state.work.value;
  setWork({
    later: [...later.filter((item) => !keys.includes(item.key)), ...keys.map((key) => ({ key, until }))],
    pot: pot.filter((item) => !keys.includes(item.key)),
  });
}

/** Keep what a scan was stopped or asked about: the near misses the quality reports need. */
export function keepScan(
  match: Match, text: string, how: ScanUsed["how"], answer: { overridden: boolean; reason: string | null; teach?: boolean },
): void {
  const body: ScanBody = {
    resident_id: match.resident_id, prescription_id: match.prescription_id, due_at: match.due_at, how, text,
    symbology: null, meaning: match.meaning, result: match.result, findings: match.findings, ...answer,
  };
  // A near miss that cannot be kept must not hold up the stop itself; keep() shows "not saved" by itself.
  keep([{ kind: "scan", body, staff_id: staffId() }]).catch(() => undefined);
}

export async function startRound(takenOverFrom: Id | null): Promise<void> {
  const round = state.round.value;
  if (!round) return;
  const from = state.screen.value;
  setWork({ roundId: round.id });
  if (!state.roundView.value?.isOpen) {
    const body: RoundBody = {
      round_id: round.id, on: homeClock(state.correctedNow()).day, unit_id: round.unit_id, taken_over_from: takenOverFrom,
    };
    await keep([{ kind: "round_started", body, staff_id: staffId() }]);
  }
  // Whoever scanned a person meanwhile is with that person already.
  if (state.screen.value === from) state.screen.value = { name: "list" };
}

export async function finishRound(): Promise<void> {
  const round = state.round.value;
  const view = state.roundView.value;
  if (!round || !view) return;
  const body: RoundBody = {
    round_id: round.id, on: homeClock(state.correctedNow()).day, unit_id: round.unit_id, blank: view.left,
  };
  await keep([{ kind: "round_finished", body, staff_id: staffId() }]);
  state.screen.value = { name: "handover" };
}

export async function recordEffect(body: EffectBody): Promise<void> {
  await keep([{ kind: "effect_checked", body, staff_id: staffId() }]);
}

export function byHandReason(): string | null {
  return state.work.value.byHandReasons[state.roundKey()] ?? null;
}

export function setByHandReason(reason: string): void {
  setWork({ byHandReasons: { ...state.work.value.byHandReasons, [state.roundKey()]: reason } });
}

let toastTimer: ReturnType<typeof setTimeout> | undefined;

export function say(text: string): void {
  state.toast.value = text;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (state.toast.value = null), 4000);
}

export function outcomeWord(outcome: string): string {
  return words().outcomes[outcome] ?? outcome;
}

/** How many doses that earlier rounds left blank belong to people of this list. */
export function listEarlier(blank: DoseView[]): number {
  const unit = state.unitId.value;
  return blank.filter((dose) => unit === null || dose.resident.unit_id === unit).length;
}
