/** What happens on the screen when something was scanned, photographed or typed?
 *
 * One way in for every source. The screen it arrives on decides who gets it first (set-up code, badge, witness);
 * everything else goes through the match ladder.
 */

import { advance, byHandReason, freshReadings, keepScan, newDraft, say, takePart } from "./acts.ts";
import { compare } from "./decimal.ts";
import { doseKey, foldAll, homeClock, type PotItem } from "./fold.ts";
import { readScan } from "./gs1.ts";
import { matchByHand, matchScan, type Bedside, type Match } from "./match.ts";
import { words } from "./messages.ts";
import type { DueDose, Id, Prescription, ScanUsed } from "./model.ts";
import { chime } from "./sound.ts";
import * as state from "./state.ts";
import type { Draft } from "./state.ts";

export interface Scanned {
  text: string;
  how: ScanUsed["how"];
  symbology?: string | null;
}

type Listener = (scanned: Scanned) => boolean;
const listeners: Listener[] = [];

/** A screen that wants scans itself (set-up, sign-in, witness). The last to listen is asked first. */
export function listenToScans(listener: Listener): () => void {
  listeners.push(listener);
  return () => void listeners.splice(listeners.indexOf(listener), 1);
}

export function scanned(scan: Scanned): void {
  for (const listener of [...listeners].reverse()) if (listener(scan)) return;
  if (!state.world.value || !state.session.value) return;
  // A stop is answered with its button, not scanned away.
  if (state.overlay.value?.name === "stop") return;
  state.overlay.value = null;
  const value = readScan(scan.text, {
    today: homeClock(state.correctedNow()).day,
    symbology: scan.symbology ?? null,
    separatorsKept: scan.how === "camera" || scan.how === "photo" || state.settings.value.scanner_ready !== null,
  });
  if (value.kind === "unknown" && value.reason !== "not_gs1") {
    chime("ask");
    state.overlay.value = { name: "unread", text: scan.text };
    return;
  }
  act(matchScan(value, bedside(openResident())), scan);
}

function openResident(): Id | null {
  return state.screen.value.name === "person" ? state.screen.value.residentId : null;
}

export function bedside(openResidentId: Id | null): Bedside {
  const world = state.world.value!;
  const now = state.correctedNow();
  return {
    now, today: homeClock(now).day, openResidentId,
    pot: world.pot.filter((item) => now - item.at <= 10 * 60_000).map(asTaken), readings: freshReadings(), snapshot: openResidentId === null ? world.snapshot : { ...world.snapshot, ...laidOver(openResidentId) },
  };
}

/** What stands in the pot to be recorded as given earlier was taken then, not now. */
function asTaken(item: PotItem): PotItem {
  return item.given_at ? { ...item, at: Date.parse(item.given_at) } : item;
}

/** The server's rows with this device's own answers on top. Only the person in front of the carer is judged. */
function laidOver(residentId: Id): { due: DueDose[]; prescriptions: Prescription[] } {
  const world = state.world.value!;
  const view = foldAll(world, residentId);
  const due = view.answers.size === 0 ? world.snapshot.due : world.snapshot.due.map((row) => {
    const own = view.answers.get(doseKey(row.prescription_id, row.due_at));
    if (!own) return row;
    const { outcome, given_at, by } = own;
    return { ...row, answered: { administration_id: "", outcome, given_at, by_initials: by } };
  });
  const prescriptions = world.snapshot.prescriptions.map((line) => {
    const prn = view.prns.get(line.id);
    if (!prn || !line.prn) return line;
    const next = prn.opensAt === null ? null : new Date(prn.opensAt).toISOString();
    return { ...line, next_allowed_at: next, prn: { ...line.prn, next_allowed_at: next, given_24h: prn.given24h } };
  });
  return { due, prescriptions };
}

function act(match: Match, scan: Scanned): void {
  if (match.result === "stopped" && isSomeoneElses(match) && isDoneHere()) {
    // Nobody is being given anything here any more: the next pack opens its own person.
    act(matchScan(readScan(scan.text, { today: homeClock(state.correctedNow()).day }), bedside(null)), scan);
    return;
  }
  if (match.result === "stopped") return stopped(match, scan);
  if (match.result === "asked") {
    chime("ask");
    state.overlay.value = { name: "ask", match, text: scan.text, how: scan.how };
    return;
  }
  if (match.result === "opened") return opened(match, scan);
  const found = dueOf(match);
  if (found) goOn(newDraft(found.prescription, draftOf(match, scan), found.due), scan);
}

/** On with a dose; of a mixed one, which strength was it that was scanned? */
export function goOn(draft: Draft, scan: Scanned): void {
  const part = draft.parts.length > 1 ? partOf(draft, scan.text) : null;
  if (!part) return advance(draft);
  takePart(draft, { ...part, pack_id: draft.pack_id, scan_text: scan.how === "by_hand" ? null : scan.text });
}

function partOf(draft: Draft, scanText: string): { strength: string; count: string } | null {
  const { packs, codes } = state.world.value!.snapshot;
  const { key } = readScan(scanText, { today: homeClock(state.correctedNow()).day });
  const pack = packs.find((each) => each.id === draft.pack_id);
  const medicineId = pack?.medicine_id ?? codes.find((each) => each.gtin === key)?.medicine_id ?? null;
  const strength = strengthOf(draft.prescription, medicineId);
  return draft.parts.find((each) => strength !== null && compare(numberIn(each.strength)!, strength) === 0) ?? null;
}

/** The number of a medicine's strength, by what the server says of it, else as its name has it. */
function strengthOf(line: Prescription, medicineId: Id | null): string | null {
  if (medicineId === null) return null;
  const told = line.strengths?.find((each) => each.medicine_id === medicineId)?.strength;
  const known = medicineId === line.medicine.id ? line.medicine.strength || line.medicine.name : null;
  const named = state.world.value!.snapshot.codes.find((each) => each.medicine_id === medicineId)?.pack_name;
  return numberIn(told ?? known ?? named ?? "");
}

function numberIn(text: string): string | null {
  return /\d+(?:\.\d+)?/.exec(text)?.[0] ?? null;
}

function isSomeoneElses(match: Match): boolean {
  return match.findings[0]?.code === "wrong_resident";
}

function isDoneHere(): boolean {
  const person = state.person.value;
  return person !== null && person.left === 0 && person.pot.length === 0;
}

function stopped(match: Match, scan: Scanned): void {
  chime("stop");
  state.overlay.value = { name: "stop", match, text: scan.text };
  keepScan(match, scan.text, scan.how, { overridden: false, reason: null });
}

function opened(match: Match, scan: Scanned): void {
  if (match.meaning === "badge") {
    say(words().badgeHere);
    return;
  }
  if (match.prescription_id !== null) {
    const { how, text } = scan;
    state.overlay.value = {
      name: "prn", prescriptionId: match.prescription_id, scan: { how, text, by_hand_reason: null },
      packId: match.pack_id, findings: match.findings.map((each) => each.code),
    };
    return;
  }
  if (match.resident_id !== null) openPerson(match.resident_id);
}

export function openPerson(residentId: Id): void {
  state.screen.value = { name: "person", residentId };
}

export function dueOf(match: Match): { prescription: Prescription; due: DueDose | null } | null {
  const { snapshot } = state.world.value!;
  const prescription = snapshot.prescriptions.find((each) => each.id === match.prescription_id);
  if (!prescription) return null;
  const due = snapshot.due.find(
    (row) => row.prescription_id === prescription.id && match.due_at !== null && Date.parse(row.due_at) === Date.parse(match.due_at),
  );
  return { prescription, due: due ?? null };
}

export function draftOf(match: Match, scan: Scanned) {
  const { how, text } = scan;
  return {
    pack_id: match.pack_id,
    scan: how === "by_hand" ? { how, text: null, by_hand_reason: byHandReason() } : { how, text, by_hand_reason: null },
    findings: match.findings.map((each) => each.code),
  };
}

/** Give without scanning: the reason once a round, then the same rules as for a scan.
 *
 * `givenAt`: it was given then and only forgotten; the rules are asked for that moment, and no reason why by hand. */
export function byHand(prescriptionId: Id, dueAt: string | null, givenAt: number | null = null): void {
  const reason = givenAt === null ? byHandReason() : "late_entry";
  if (reason === null) {
    state.overlay.value = { name: "by_hand", prescriptionId, dueAt };
    return;
  }
  const { snapshot } = state.world.value!;
  const line = snapshot.prescriptions.find((each) => each.id === prescriptionId);
  if (!line) return;
  const known = bedside(line.resident_id);
  const here = givenAt === null ? known : { ...known, now: givenAt };
  const laid = here.snapshot.prescriptions.find((each) => each.id === prescriptionId)!;
  const slot = here.snapshot.due.find((row) => row.prescription_id === prescriptionId && row.due_at === dueAt) ?? null;
  const match = matchByHand(laid, slot, here);
  const scan: Scanned = { text: "", how: "by_hand" };
  if (match.result === "stopped") return stopped(match, scan);
  if (match.result === "asked" && givenAt === null) {
    chime("ask");
    state.overlay.value = { name: "ask", match, text: "", how: "by_hand" };
    return;
  }
  const used: ScanUsed = { how: "by_hand", text: null, by_hand_reason: reason };
  const findings = match.findings.map((each) => each.code);
  if (line.kind === "when_required") {
    state.overlay.value = { name: "prn", prescriptionId, scan: used, packId: null, findings };
    return;
  }
  const given_at = givenAt === null ? null : new Date(givenAt).toISOString();
  advance(newDraft(line, { scan: used, findings, given_at }, slot));
}
