/** What can a carer do, and what is kept of it?
 *
 * Each act ends in `keep`: an event on disk before the screen says so. What is only under way (the pot, try
 * again) is kept as work, not as a record.
 */

import { afterPaint } from "./after_paint.ts";
import { compare } from "./decimal.ts";
import { keep, setSettings, setWork } from "./disk.ts";
import type { Act } from "./event.ts";
import { uuid7 } from "./event.ts";
import { finding } from "./findings.ts";
import { POT_AGES_MS, doseKey, homeClock, needsWitness, type DoseView, type PotItem } from "./fold.ts";
import type {
  AdministrationBody, DueDose, Id, PartGiven, Prescription, RoundBody, ScaleStep, ScanBody, ScanUsed,
} from "./model.ts";
import type { Match } from "./match.ts";
import { words } from "./messages.ts";
import { chime } from "./sound.ts";
import * as state from "./state.ts";
import type { Draft } from "./state.ts";

export type Drafted = Draft;

export function staffId(): Id {
  const session = state.session.value;
  if (!session) throw new Error("nobody is signed in");
  return session.staff.id;
}

export function iso(at: number): string {
  return new Date(at).toISOString();
}

export function newDraft(prescription: Prescription, from: Partial<Draft> & Pick<Draft, "scan">, due: DueDose | null = null): Draft {
  const low = from.low ?? due?.low ?? prescription.prn?.low ?? "1";
  const high = from.high ?? due?.high ?? prescription.prn?.high ?? low;
  return {
    prescription, due_at: due?.due_at ?? null, pack_id: null, findings: [], amount: null, note: null, witness: null,
    no_witness_reason: null, event_id: uuid7(), event: due?.event ?? "give", parts: due?.parts ?? [],
    parts_given: [], needs_reading: due?.needs_reading ?? null, scale: due?.scale ?? null, reading: null, site: null, given_at: null, ...from, low, high,
  };
}

/** Ask for what is still missing, one thing at a time, or put the dose in the pot. */
export function advance(draft: Draft): void {
  const reading = readingWanted(draft);
  if (reading !== null) {
    const value = freshReadings()[String(draft.prescription.id)]?.[reading];
    if (value !== undefined) return takeReading(draft, reading, value);
    state.overlay.value = { name: "dose_reading", draft, reading };
    return;
  }
  const missing = missingFrom(draft);
  if (missing) state.overlay.value = missing;
  else putInPot({ ...draft, amount: draft.amount ?? draft.low });
}

function readingWanted({ event, needs_reading, scale, reading }: Draft): string | null {
  const wanted = event === "take_off" ? null : (needs_reading ?? scale?.reading ?? null);
  return wanted !== null && reading?.[wanted] === undefined ? wanted : null;
}

function missingFrom(draft: Draft): state.Overlay | null {
  const { prescription } = draft;
  if (draft.amount === null && draft.low !== draft.high) return { name: "amount", draft };
  if (draft.parts.length > 1 && draft.parts_given.length < draft.parts.length) return { name: "parts", draft };
  if (draft.site === null && sitesOf(draft).length > 0) return { name: "site", draft };
  const needsOne = needsWitness(prescription) && draft.event !== "take_off";
  if (needsOne && draft.witness === null && draft.no_witness_reason === null) return { name: "witness", draft };
  return null;
}

/** Go on with a dose whose reading is known: the amount follows from it, or the dose is held. */
export function takeReading(draft: Draft, reading: string, value: string): void {
  const scaled = decided(draft, reading, value);
  if (scaled) return advance({ ...draft, ...scaled });
  const held = { ...finding("hold_rule", { reading, value }), words: stepFor(draft, value)?.words ?? "" };
  const match: Match = {
    meaning: "unknown", result: "stopped", resident_id: draft.prescription.resident_id, prescription_id: draft.prescription.id,
    due_at: draft.due_at, pack_id: draft.pack_id, findings: [held],
  };
  keepScan(match, draft.scan.text ?? "", draft.scan.how, { overridden: false, reason: null });
  chime("stop");
  state.overlay.value = { name: "stop", match, text: "" };
}

/** What the reading makes of the dose; null: the scale gives none, or says nothing about this value. */
function decided(draft: Draft, reading: string, value: string): Partial<Draft> | null {
  const { low, high } = draft;
  const all = { reading: { ...draft.reading, [reading]: value } };
  if (draft.scale?.reading !== reading) return { ...all, low, high };
  const step = stepFor(draft, value);
  return step?.low == null ? null : { ...all, low: step.low, high: step.high ?? step.low };
}

function stepFor({ scale }: Draft, value: string): ScaleStep | undefined {
  return scale?.steps.find(
    ({ at_least, below }) => (at_least === null || compare(value, at_least) >= 0) && (below === null || compare(value, below) < 0),
  );
}

/** Where this dose may go, when somebody must say where: a patch that is put on, an injection. */
export function sitesOf({ prescription, event, scale }: Draft): string[] {
  if (event === "take_off") return [];
  if (prescription.patch?.sites.length) return prescription.patch.sites;
  const areas = prescription.body_areas ?? [];
  return scale && areas.length > 1 ? areas : [];
}

/** How long a reading may decide over a dose. */
const READING_HOLDS_MS = 30 * 60_000;

export function freshReadings(): Record<string, Record<string, string>> {
  const { readings, readAt } = state.work.value;
  const since = state.correctedNow() - READING_HOLDS_MS;
  return Object.fromEntries(Object.entries(readings).filter(([id]) => (readAt[id] ?? 0) > since));
}

/** One strength of a mixed dose was scanned, or checked by eye: the others are still asked for. */
export function takePart(draft: Draft, part: PartGiven): void {
  const key = potKey(draft.prescription.id, draft.due_at);
  const { parts } = state.work.value;
  const given = [...(parts[key] ?? []).filter((each) => each.strength !== part.strength), part];
  setWork({ parts: { ...parts, [key]: given } });
  advance({ ...draft, parts_given: given, pack_id: given[0]?.pack_id ?? null });
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
    no_witness_reason: draft.no_witness_reason,
    site: draft.site,
    reading: draft.reading,
    parts: draft.parts_given,
    given_at: draft.given_at,
  };
  const { pot, later, parts } = state.work.value;
  setWork({
    parts: Object.fromEntries(Object.entries(parts).filter(([key]) => key !== item.key)),
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
  const at = item.given_at ? Date.parse(item.given_at) : state.correctedNow();
  const effectMinutes = prescription.kind === "when_required" ? (prescription.prn?.effect_after_minutes ?? null) : null;
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
    no_witness_reason: item.no_witness_reason ?? null,
    site: item.site ?? null,
    reading: item.reading ?? freshReadings()[String(prescription.id)] ?? null,
    effect_due_at: effectMinutes === null ? null : iso(at + effectMinutes * 60_000),
    ...(item.parts?.length ? { parts: item.parts } : {}),
    ...(item.given_at ? { given_at: item.given_at, late_entry: true } : {}),
  });
}

export function blank(prescription: Prescription, dueAt: string | null, scan: ScanUsed): AdministrationBody {
  return {
    resident_id: prescription.resident_id, prescription_id: prescription.id, prescription_version: prescription.version,
    due_at: dueAt, given_at: iso(state.correctedNow()), outcome: "given", amount: null, unit: prescription.unit,
    pack_id: null, scan, note: null, round_id: state.round.value?.id ?? null, findings_shown: [], witness_id: null,
    witnessed_at: null, witness_proof: null, balance_counted: null, wasted_amount: null, site: null, reading: null,
    effect_due_at: null,
  };
}

export function administration(id: string, body: AdministrationBody): Act {
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
      reading: freshReadings()[String(dose.prescription.id)] ?? null,
    });
  });
  await keep(acts);
  const keys = new Set(doses.map((dose) => dose.key));
  const { pot, later } = state.work.value;
  setWork({ pot: pot.filter((item) => !keys.has(item.key)), later: later.filter((item) => !keys.has(item.key)) });
  chime("recorded");
}

/** Keep what a scan was stopped or asked about: the near misses the quality reports need. */
export function keepScan(
  match: Match, text: string, how: ScanUsed["how"], answer: { overridden: boolean; reason: string | null; teach?: boolean },
): void {
  const body: ScanBody = {
    resident_id: match.resident_id, prescription_id: match.prescription_id, due_at: match.due_at, how, text,
    symbology: null, meaning: match.meaning, result: match.result, findings: match.findings, ...answer,
  };
  const act: Act = { kind: "scan", body, staff_id: staffId() };
  // A near miss, kept or not, must not hold up the stop itself; keep() shows "not saved" by itself.
  afterPaint(() => void keep([act]).catch(() => undefined));
}

export async function startRound(takenOverFrom: Id | null): Promise<void> {
  const round = state.round.value;
  if (!round) return;
  const from = state.screen.value;
  setWork({ roundId: round.id });
  if (!state.roundView.value?.isOpen || takenOverFrom !== null) {
    const body: RoundBody = {
      round_id: round.id, on: homeClock(state.correctedNow()).day, unit_id: round.unit_id, taken_over_from: takenOverFrom,
    };
    await keep([{ kind: "round_started", body, staff_id: staffId() }]);
    if (!state.isPractice.value) await setSettings({ round_open_since: Date.now() });
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
  if (!state.isPractice.value) await setSettings({ round_open_since: null });
  state.screen.value = { name: "handover" };
}

export function byHandReason(): string | null {
  return state.work.value.byHandReasons[state.roundKey()] ?? null;
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
