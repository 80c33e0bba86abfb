/** Is a patch on, where, and when must somebody look at it?
 *
 * From the server's facts and what this device recorded since. A check that nobody answered does not hold a round
 * open; it stays up until somebody has looked.
 */

import { doseKey, ownEvents, type World } from "./fold.ts";
import type { AdministrationBody, Patch, PatchBody, PatchFound, Prescription } from "./model.ts";

export interface PatchView {
  prescription: Prescription;
  isWorn: boolean;
  site: string | null;
  putOnAt: number | null;
  nextSite: string | null;
  sites: string[];
  /** The last check that is due and unanswered, null when none is. */
  checkDueAt: number | null;
  lastFound: PatchFound | null;
  /** It fell off, and no new one has been put on. */
  isOff: boolean;
}

/** Null for a medicine that is no patch. */
export function patchOf(world: World, prescription: Prescription): PatchView | null {
  const { patch } = prescription;
  if (!patch || patch.sites.length === 0 && patch.worn_minutes === null && patch.check_times.length === 0) return null;
  const view: PatchView = {
    prescription, isWorn: patch.is_worn, site: patch.last_site, putOnAt: patch.put_on_at ? Date.parse(patch.put_on_at) : null,
    nextSite: patch.next_site, sites: patch.sites, checkDueAt: null, lastFound: patch.last_check?.found ?? null, isOff: patch.is_off,
  };
  const takeOffs = new Set(
    world.snapshot.due.filter((due) => due.prescription_id === prescription.id && due.event === "take_off")
      .map((due) => doseKey(due.prescription_id, due.due_at)),
  );
  let checkedAt = 0;
  for (const { kind, at, body } of ownOf(world, prescription)) {
    if (kind === "patch_checked") {
      const { found } = body as PatchBody;
      [view.lastFound, checkedAt] = [found, at];
      if (found === "fallen_off") [view.isWorn, view.isOff] = [false, true];
    } else {
      const dose = body as AdministrationBody;
      if (dose.outcome !== "given") continue;
      if (dose.due_at !== null && takeOffs.has(doseKey(dose.prescription_id, dose.due_at))) view.isWorn = false;
      else putOn(view, dose, patch);
    }
  }
  if (view.isWorn) view.checkDueAt = checkDue(patch, Math.max(checkedAt, view.putOnAt ?? 0), world.now);
  return view;
}

function putOn(view: PatchView, dose: AdministrationBody, { sites }: Patch): void {
  [view.isWorn, view.isOff, view.lastFound] = [true, false, null];
  view.putOnAt = Date.parse(dose.given_at);
  view.site = dose.site ?? view.site;
  const place = sites.indexOf(view.site ?? "");
  view.nextSite = sites.length ? sites[(place + 1) % sites.length]! : null;
}

function checkDue(patch: Patch, since: number, now: number): number | null {
  const due = patch.check_times.map((each) => Date.parse(each)).filter((at) => at <= now && at > since);
  return due.length ? Math.max(...due) : null;
}

/** What this device recorded of a patch since the snapshot, in the order it happened. */
function ownOf(world: World, { id }: Prescription) {
  return [
    ...ownEvents<AdministrationBody>(world, "administration").map(({ body, entry }) => ({ kind: entry.event.kind, at: Date.parse(body.given_at), body })),
    ...ownEvents<PatchBody>(world, "patch_checked").map(({ body, entry }) => ({
      kind: entry.event.kind, at: Date.parse(body.checked_at ?? entry.event.entered_at), body,
    })),
  ].filter(({ body }) => body.prescription_id === id).sort((a, b) => a.at - b.at);
}
