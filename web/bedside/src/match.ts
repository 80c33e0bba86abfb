/** What does this scan mean for the person in front of the carer?
 *
 * The ladder of emar/rules/matching.py: our own pack label (the only proof of whose it is), a GS1 serial bound
 * to a pack at booking-in, a GTIN, a resident's label, a staff badge. Decided on the snapshot, this device's own
 * events and the pot alone, so the answer needs no network. tests/vectors/matching hold both to the same answers.
 */

import { add, compare } from "./decimal.ts";
import { chooseDose, instant, rank, type DoseChoice } from "./dose_choice.ts";
import { finding, inOrder } from "./findings.ts";
import type { ScanValue } from "./gs1.ts";
import type { CodeRow, DueDose, FindingRecord, Id, PackRow, Prescription, Resident } from "./model.ts";

export type Meaning = "own_label" | "gs1_serial" | "gtin" | "resident" | "badge" | "unknown";
export type Result = "in_pot" | "stopped" | "asked" | "opened";

export interface Match {
  meaning: Meaning;
  result: Result;
  resident_id: Id | null;
  prescription_id: Id | null;
  due_at: string | null;
  pack_id: Id | null;
  findings: FindingRecord[];
}

export interface MatchSnapshot {
  residents: Resident[];
  prescriptions: Prescription[];
  /** With this device's own answers laid over the server's. */
  due: DueDose[];
  packs: PackRow[];
  codes: CodeRow[];
}

export interface Bedside {
  snapshot: MatchSnapshot;
  /** Corrected time. */
  now: number;
  /** The day in the home, which decides what has expired. */
  today: string;
  openResidentId: Id | null;
  pot: { prescription_id: Id; due_at: string | null; at: number }[];
  /** Readings taken in this round: by prescription, by name of the reading. */
  readings: Record<string, Record<string, string>>;
}

/** `in_pot`: may go in the pot. `stopped`: must not. `asked`: may, once answered. `opened`: a page opens. */
export function matchScan(scan: ScanValue, bedside: Bedside): Match {
  const { snapshot } = bedside;
  switch (scan.kind) {
    case "own_label": {
      const pack = snapshot.packs.find((each) => each.label_code === scan.key);
      return pack ? packScanned("own_label", pack, scan, bedside) : asked("own_label", bedside, finding("unknown_barcode"));
    }
    case "gtin": {
      const pack = packOfSerial(scan, snapshot);
      return pack ? packScanned("gs1_serial", pack, scan, bedside) : gtinScanned(scan, bedside);
    }
    case "resident": {
      const resident = snapshot.residents.find((each) => each.label_code === scan.key);
      if (!resident) return asked("resident", bedside, finding("unknown_barcode"));
      return match("resident", "opened", { resident_id: resident.id });
    }
    case "badge":
      return match("badge", "opened", { resident_id: bedside.openResidentId });
    default:
      return asked("unknown", bedside, finding("unknown_barcode"));
  }
}

function match(meaning: Meaning, result: Result, rest: Partial<Match> = {}): Match {
  return { meaning, result, resident_id: null, prescription_id: null, due_at: null, pack_id: null, findings: [], ...rest };
}

function asked(meaning: Meaning, bedside: Bedside, question: FindingRecord): Match {
  return match(meaning, "asked", { resident_id: bedside.openResidentId, findings: [question] });
}

/** The one pack with this GTIN and serial; a serial that is only likely proves nothing. */
function packOfSerial(scan: ScanValue, snapshot: MatchSnapshot): PackRow | null {
  if (!scan.serial?.confirmed) return null;
  const serial = scan.serial.value;
  const bound = snapshot.packs.filter((pack) => pack.gtin === scan.key && pack.serial === serial);
  return bound.length === 1 ? bound[0]! : null;
}

function packScanned(meaning: Meaning, pack: PackRow, scan: ScanValue, bedside: Bedside): Match {
  const opened = bedside.openResidentId;
  if (opened === null) {
    if (pack.resident_id !== null) {
      return match(meaning, "opened", { resident_id: pack.resident_id, pack_id: pack.id });
    }
    return match(meaning, "asked", { pack_id: pack.id, findings: [finding("whose_pack", { resident_ids: [] })] });
  }
  const stopped = (stop: FindingRecord): Match =>
    match(meaning, "stopped", { resident_id: opened, pack_id: pack.id, findings: [stop] });
  if (pack.resident_id !== null && pack.resident_id !== opened) {
    return stopped(finding("wrong_resident", { owner_ids: [pack.resident_id] }));
  }
  const lines = linesFor(pack.medicine_id, pack.gtin, opened, bedside.snapshot);
  return Array.isArray(lines) ? doseMatch(meaning, lines, [pack], scan, bedside) : stopped(lines);
}

/** A GTIN says what a pack is but not whose. */
function gtinScanned(scan: ScanValue, bedside: Bedside): Match {
  const { snapshot, openResidentId: opened } = bedside;
  const medicineId = medicineOf(scan.key, snapshot);
  if (medicineId === null) return asked("gtin", bedside, finding("unknown_barcode"));
  const owners = ownersOf(scan.key, medicineId, snapshot);
  if (opened === null) {
    if (owners.length === 1) return match("gtin", "opened", { resident_id: owners[0]! });
    return match("gtin", "asked", { findings: [finding("whose_pack", { resident_ids: owners })] });
  }
  const lines = linesFor(medicineId, scan.key, opened, snapshot);
  if (Array.isArray(lines)) {
    return doseMatch("gtin", lines, packsMeant(scan, medicineId, opened, snapshot), scan, bedside);
  }
  const isSomeoneElses = lines.code === "wrong_medicine" && !("must_be_brand" in lines) && owners.length > 0;
  const stop = isSomeoneElses ? finding("wrong_resident", { owner_ids: owners }) : lines;
  return match("gtin", "stopped", { resident_id: opened, findings: [stop] });
}

function medicineOf(gtin: string, snapshot: MatchSnapshot): Id | null {
  return (
    snapshot.codes.filter((code) => code.gtin === gtin).at(-1)?.medicine_id ??
    snapshot.packs.find((pack) => pack.gtin === gtin)?.medicine_id ??
    snapshot.prescriptions.find((line) => line.acceptable_gtins.includes(gtin))?.medicine.id ??
    null
  );
}

/** A finished pack is gone; one without a known GTIN counts by its medicine. */
function isPackOf(pack: PackRow, gtin: string, medicineId: Id): boolean {
  return pack.status !== "finished" && (pack.gtin === gtin || (pack.gtin === null && pack.medicine_id === medicineId));
}

function ownersOf(gtin: string, medicineId: Id, snapshot: MatchSnapshot): Id[] {
  const holding = new Set(snapshot.packs.filter((pack) => isPackOf(pack, gtin, medicineId)).map((pack) => pack.resident_id));
  return snapshot.residents.map((resident) => resident.id).filter((id) => holding.has(id));
}

/** The resident's active prescriptions that this product answers, or why there are none. */
function linesFor(
  medicineId: Id, gtin: string | null, residentId: Id, snapshot: MatchSnapshot,
): Prescription[] | FindingRecord {
  const isAccepted = (line: Prescription): boolean => gtin !== null && line.acceptable_gtins.includes(gtin);
  const own = snapshot.prescriptions.filter((line) => line.resident_id === residentId);
  const same = own.filter((line) => medicineIdsOf(line).includes(medicineId) || isAccepted(line));
  const active = same.filter(isActive);
  const right = active.filter((line) => !line.must_be_brand || gtin === null || isAccepted(line));
  if (right.length) return right;
  if (active.length) return finding("wrong_medicine", { must_be_brand: true });
  if (same.length) return finding("stopped_medicine", { prescription_id: same.at(-1)!.id });
  const ingredients = ingredientsOf(medicineId, snapshot);
  const otherStrength = own.find(
    (line) => ingredients.size > 0 && isActive(line) && isSameSet(new Set(line.medicine.ingredient_ids), ingredients),
  );
  if (otherStrength) return finding("wrong_strength", { prescription_id: otherStrength.id });
  return finding("wrong_medicine");
}

function isActive(line: Prescription): boolean {
  return line.status === "active";
}

function medicineIdsOf(line: Prescription): Id[] {
  return [line.medicine.id, ...(line.combined_medicine_ids ?? [])];
}

function ingredientsOf(medicineId: Id, snapshot: MatchSnapshot): Set<Id> {
  const line = snapshot.prescriptions.filter((each) => each.medicine.id === medicineId).at(-1);
  if (line) return new Set(line.medicine.ingredient_ids ?? []);
  const code = snapshot.codes.filter((each) => each.medicine_id === medicineId && each.ingredient_ids?.length).at(-1);
  return new Set(code?.ingredient_ids ?? []);
}

function isSameSet(left: Set<Id>, right: Set<Id>): boolean {
  return left.size === right.size && [...left].every((each) => right.has(each));
}

/** Which of the resident's packs, or else of the home's own, a GTIN can mean: ideally one. */
function packsMeant(scan: ScanValue, medicineId: Id, residentId: Id, snapshot: MatchSnapshot): PackRow[] {
  const ownedBy = (owner: Id | null): PackRow[] =>
    snapshot.packs.filter((pack) => pack.resident_id === owner && isPackOf(pack, scan.key, medicineId));
  let packs = ownedBy(residentId);
  if (packs.length === 0) packs = ownedBy(null);
  if (scan.batch?.confirmed) {
    const batch = scan.batch.value;
    packs = orAll(packs, (pack) => pack.batch === batch);
  }
  packs = orAll(packs, (pack) => pack.status === "in_use");
  const opened = packs.filter((pack) => pack.opened_on !== null);
  return opened.length === 1 ? opened : packs;
}

function orAll(packs: PackRow[], test: (pack: PackRow) => boolean): PackRow[] {
  const kept = packs.filter(test);
  return kept.length ? kept : packs;
}

/** The right medicine for the open person: which dose, and what stands in the way. */
function doseMatch(meaning: Meaning, lines: Prescription[], packs: PackRow[], scan: ScanValue, bedside: Bedside): Match {
  const { line, choice } = lineMeant(lines, bedside);
  const findings = [...choice.findings, ...personFindings(line, bedside), ...lineFindings(line, bedside)];
  const pack = packs.length === 1 ? packs[0]! : null;
  if (packs.length === 0) findings.push(finding("not_booked_in"));
  else if (pack === null) findings.push(finding("two_packs", { pack_ids: packs.map((each) => each.id) }));
  else findings.push(...packFindings(pack, choice, bedside));
  const printed = scan.expires_on;
  if (printed?.confirmed && printed.value < bedside.today && !findings.some((each) => each.code === "expired")) {
    findings.push(finding("expired", { expires_on: printed.value }));
  }
  return {
    meaning,
    result: resultOf(findings, line.kind === "when_required"),
    resident_id: bedside.openResidentId,
    prescription_id: line.id,
    due_at: choice.slot === null ? null : choice.slot.due_at,
    pack_id: pack === null ? null : pack.id,
    findings: inOrder(findings),
  };
}

function resultOf(findings: FindingRecord[], opensPage: boolean): Result {
  if (findings.some((each) => each.level === "stop")) return "stopped";
  if (findings.some((each) => each.level === "ask")) return "asked";
  return opensPage ? "opened" : "in_pot";
}

const ALREADY_GIVEN = 4;

/** Which of several prescriptions of one product is meant. A regular dose comes before a when-required one;
 * while the regular dose of now is in the pot or given, the second scan is that dose again. */
function lineMeant(lines: Prescription[], bedside: Bedside): { line: Prescription; choice: DoseChoice } {
  const choices = lines
    .filter((line) => line.kind !== "when_required")
    .map((line) => ({ line, choice: choiceOf(line, bedside) }));
  const best = choices.reduce<{ line: Prescription; choice: DoseChoice } | null>(
    (kept, next) => (kept === null || rank(next.choice) < rank(kept.choice) ? next : kept), null,
  );
  const whenRequired = lines.find((line) => line.kind === "when_required");
  if (best && (!whenRequired || rank(best.choice) <= ALREADY_GIVEN)) return best;
  return { line: whenRequired!, choice: { slot: null, findings: [] } };
}

function choiceOf(line: Prescription, bedside: Bedside): DoseChoice {
  return chooseDose(slotsOf(line, bedside), potTimes(line, bedside), bedside.now);
}

/** A dose given without a scan: the same questions, about this slot (null: when-required) of this prescription. */
export function matchByHand(line: Prescription, slot: DueDose | null, bedside: Bedside): Match {
  const inPot = potTimes(line, bedside);
  const isKept = (each: DueDose): boolean => each === slot || each.answered !== null || inPot.has(Date.parse(each.due_at));
  const choice = slot === null ? { slot: null, findings: [] } : chooseDose(slotsOf(line, bedside).filter(isKept), inPot, bedside.now);
  const findings = [...choice.findings, ...personFindings(line, bedside), ...lineFindings(line, bedside)];
  return match("unknown", resultOf(findings, line.kind === "when_required"), {
    resident_id: line.resident_id, prescription_id: line.id, due_at: slot?.due_at ?? null, findings: inOrder(findings),
  });
}

function slotsOf(line: Prescription, bedside: Bedside): DueDose[] {
  const slots = bedside.snapshot.due.filter((slot) => slot.prescription_id === line.id);
  return slots.sort((a, b) => Date.parse(a.due_at) - Date.parse(b.due_at));
}

function potTimes(line: Prescription, bedside: Bedside): Map<number, number> {
  const own = bedside.pot.filter((item) => item.prescription_id === line.id && item.due_at !== null);
  return new Map(own.map((item) => [Date.parse(item.due_at!), item.at]));
}

function personFindings(line: Prescription, bedside: Bedside): FindingRecord[] {
  const resident = bedside.snapshot.residents.find((each) => each.id === line.resident_id);
  if (!resident) return [];
  const found = allergiesMet(resident, line)
    .filter((substance) => !(line.accepted_allergies ?? []).includes(substance))
    .map((substance) => finding("allergy", { substance }));
  return resident.presence === "present" ? found : [...found, finding("resident_away")];
}

/** By what the server found (classes of medicines too), by ingredient, or by name. */
export function allergiesMet(resident: Resident, line: Prescription): string[] {
  const ingredients = new Set(line.medicine.ingredient_ids ?? []);
  const met = new Set(line.allergies_met ?? []);
  return resident.allergies
    .filter((each) => met.has(each.substance) || (each.ingredient_ids ?? []).some((id) => ingredients.has(id)) || isNamed(each.substance, line.medicine.name))
    .map((each) => each.substance);
}

function isNamed(substance: string, medicineName: string): boolean {
  const words = substance.trim().toLowerCase();
  if (!words) return false;
  const escaped = words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  // Without a look-behind, which tablets before 2023 do not have.
  return new RegExp(`(?:^|[^a-z])${escaped}(?![a-z])`).test(medicineName.toLowerCase());
}

function lineFindings(line: Prescription, bedside: Bedside): FindingRecord[] {
  const found = waitFindings(line, bedside);
  const readings = bedside.readings[String(line.id)] ?? {};
  for (const hold of line.hold ?? []) {
    const value = readings[hold.reading];
    if (value === undefined) found.push(finding("reading_first", { reading: hold.reading }));
    else if (isHeld(hold, value)) found.push(finding("hold_rule", { reading: hold.reading, value }));
  }
  return found;
}

function isHeld(hold: { below?: string | null; above?: string | null }, value: string): boolean {
  return (hold.below != null && compare(value, hold.below) < 0) || (hold.above != null && compare(value, hold.above) > 0);
}

/** Too soon or too much, by the server's answer and by what is in the pot since. */
function waitFindings(line: Prescription, bedside: Bedside): FindingRecord[] {
  const { prn } = line;
  if (line.kind === "when_required" && bedside.pot.some((item) => item.prescription_id === line.id)) {
    return [finding("in_pot")];
  }
  const next = line.next_allowed_at ?? prn?.next_allowed_at ?? null;
  const waits = next === null ? [] : [Date.parse(next)];
  if (prn?.min_gap_minutes) {
    for (const item of bedside.pot) {
      const other = bedside.snapshot.prescriptions.find((each) => each.id === item.prescription_id);
      if (other && other.id !== line.id && sharesIngredient(other, line)) waits.push(item.at + prn.min_gap_minutes * 60_000);
    }
  }
  const opensAt = Math.max(bedside.now, ...waits);
  if (opensAt <= bedside.now) return [];
  const isOver = prn != null && prn.max_amount_24h != null && compare(add(prn.given_24h ?? "0", prn.low), prn.max_amount_24h) > 0;
  return [finding(isOver ? "prn_over_maximum" : "prn_too_soon", { next_allowed_at: instant(opensAt) })];
}

export function sharesIngredient(left: Prescription, right: Prescription): boolean {
  const own = new Set(left.medicine.ingredient_ids ?? []);
  return (right.medicine.ingredient_ids ?? []).some((id) => own.has(id));
}

function packFindings(pack: PackRow, choice: DoseChoice, bedside: Bedside): FindingRecord[] {
  const found: FindingRecord[] = [];
  if (pack.status === "quarantined") found.push(finding("quarantined"));
  if (pack.expires_on !== null && pack.expires_on < bedside.today) found.push(finding("expired", { expires_on: pack.expires_on }));
  if (pack.use_by !== null && pack.use_by < bedside.today) found.push(finding("opened_too_long", { use_by: pack.use_by }));
  const isOlderOpen = pack.opened_on === null && bedside.snapshot.packs.some(
    (other) => other.id !== pack.id && other.status === "in_use" && other.opened_on !== null &&
      other.resident_id === pack.resident_id && other.medicine_id === pack.medicine_id,
  );
  if (isOlderOpen) found.push(finding("older_pack_open"));
  const isLow = pack.balance != null && choice.slot !== null && compare(pack.balance, choice.slot.low) < 0;
  if (pack.status === "finished" || isLow) found.push(finding("low_stock"));
  return found;
}
