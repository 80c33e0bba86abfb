/** What can a carer do on the screens that are loaded after the first one?
 *
 * As in acts.ts, each act ends in `keep`: on disk before the screen says so. Apart only so that the first screen need
 * not wait for it.
 */

import { administration, blank, freshReadings, iso, keepScan, newDraft, staffId } from "./acts.ts";
import { keep, setWork } from "./disk.ts";
import { uuid7 } from "./event.ts";
import { RETRY_MS, type DoseView } from "./fold.ts";
import type { Match } from "./match.ts";
import type { EffectBody, Id, PatchBody, PatchFound, Prescription, ScanUsed } from "./model.ts";
import { draftOf, dueOf, goOn, type Scanned } from "./scanning.ts";
import { chime } from "./sound.ts";
import * as state from "./state.ts";

export function keepReading(prescriptionId: Id, reading: string, value: string): void {
  const key = String(prescriptionId);
  const { readAt } = state.work.value;
  const fresh = freshReadings();
  setWork({
    readings: { ...fresh, [key]: { ...fresh[key], [reading]: value } }, readAt: { ...readAt, [key]: state.correctedNow() },
  });
}

/** A when-required medicine was offered and not needed. */
export async function recordNotNeeded(prescription: Prescription): Promise<void> {
  const scan: ScanUsed = { how: "by_hand", text: null, by_hand_reason: null };
  await keep([administration(uuid7(), { ...blank(prescription, null, scan), outcome: "not_required" })]);
}

/** Creams put on away from the trolley: one tap, where on the body, without a scan. */
export async function recordCream(dose: DoseView): Promise<void> {
  const scan: ScanUsed = { how: "by_hand", text: null, by_hand_reason: "away_from_trolley" };
  const site = (dose.prescription.body_areas ?? []).join(", ") || null;
  await keep([administration(uuid7(), { ...blank(dose.prescription, dose.due.due_at, scan), amount: dose.due.low, site })]);
  chime("recorded");
}

export async function recordPatchCheck(prescription: Prescription, found: PatchFound, site: string | null): Promise<void> {
  const body: PatchBody = {
    resident_id: prescription.resident_id, prescription_id: prescription.id, found, site, note: null,
    checked_at: iso(state.correctedNow()),
  };
  await keep([{ kind: "patch_checked", body, staff_id: staffId() }]);
  chime("recorded");
}

export function tryLater(keys: string[]): void {
  const until = state.correctedNow() + RETRY_MS;
  const { later, pot } = state.work.value;
  setWork({
    later: [...later.filter((item) => !keys.includes(item.key)), ...keys.map((key) => ({ key, until }))],
    pot: pot.filter((item) => !keys.includes(item.key)),
  });
}

export async function recordEffect(body: Omit<EffectBody, "checked_at">): Promise<void> {
  const checked = { ...body, checked_at: iso(state.correctedNow()) };
  await keep([{ kind: "effect_checked", body: checked, staff_id: staffId() }]);
}

export function setByHandReason(reason: string): void {
  setWork({ byHandReasons: { ...state.work.value.byHandReasons, [state.roundKey()]: reason } });
}

/** The carer answered a question with yes: keep the answer, then go on with the dose. */
export function answeredYes(
  match: Match, scan: Scanned, reason: string, chosen: { packId?: Id | null; dose?: DoseView; teach?: boolean } = {},
): void {
  const prescriptionId = chosen.dose?.prescription.id ?? match.prescription_id;
  const dueAt = chosen.dose?.due.due_at ?? match.due_at;
  const answered = { ...match, prescription_id: prescriptionId, due_at: dueAt };
  keepScan(answered, scan.text, scan.how, { overridden: true, reason, teach: chosen.teach });
  const found = dueOf(answered);
  if (!found) {
    state.overlay.value = null;
    return;
  }
  const draft = draftOf(answered, scan);
  if (found.prescription.kind === "when_required") {
    state.overlay.value = {
      name: "prn", prescriptionId: found.prescription.id, scan: draft.scan, packId: chosen.packId ?? match.pack_id,
      findings: draft.findings,
    };
    return;
  }
  goOn(newDraft(found.prescription, { ...draft, pack_id: chosen.packId ?? draft.pack_id, note: reason }, found.due), scan);
}

export function answeredNo(match: Match, scan: Scanned): void {
  keepScan(match, scan.text, scan.how, { overridden: false, reason: null });
  state.overlay.value = null;
}
