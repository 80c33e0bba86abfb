/** May a when-required medicine be given, and from when?
 *
 * By the server's word, and by what this device gave since. Amounts are counted in the medicine's own unit; what
 * several products share is counted in milligrams of the ingredient that is limited, never by adding tablets of
 * one to tablets of another.
 */

import { add, compare, times, units } from "./decimal.ts";
import { DAY_MS, grouped, ownEvents, type PotItem, type World } from "./fold.ts";
import { GIVEN } from "./outcomes.ts";
import type { AdministrationBody, Id, LimitedIngredient, PastDose, Prescription, Resident } from "./model.ts";

type Prn = NonNullable<Prescription["prn"]>;

export interface PrnView {
  prescription: Prescription;
  resident: Resident;
  /** Null when it may be given now. */
  opensAt: number | null;
  given24h: string;
  lastGivenAt: number | null;
  /** No dose fits under the maximum, or it is too soon. */
  blockedBy: "prn_too_soon" | "prn_over_maximum" | null;
  inPot: PotItem | null;
  /** This medicine in the last 24 hours, oldest first. */
  history: PastDose[];
  /** Other products with an ingredient in common. */
  others: PastDose[];
  limits: LimitedIngredient[];
}

interface Own {
  at: number;
  body: AdministrationBody;
  by: string;
  id: string;
}

/** Every when-required medicine, of one resident or by resident. */
export function whenRequiredOf(world: World, only: Id | null = null): Map<Id, PrnView[]> {
  const residents = new Map(world.snapshot.residents.map((each) => [each.id, each]));
  const byId = new Map(world.snapshot.prescriptions.map((each) => [each.id, each]));
  const given: Own[] = ownEvents<AdministrationBody>(world, "administration")
    .filter(({ body }) => GIVEN.has(body.outcome) && body.amount !== null)
    .map(({ body, entry }) => ({
      body, at: Date.parse(body.given_at), by: world.initialsOf(entry.event.staff_id), id: entry.event.id,
    }));
  const views = world.snapshot.prescriptions.flatMap((prescription) => {
    if (only !== null && prescription.resident_id !== only) return [];
    const resident = residents.get(prescription.resident_id);
    if (!resident || prescription.kind !== "when_required" || prescription.status !== "active") return [];
    const own = given.filter(({ body }) => body.resident_id === resident.id);
    return [prnView(world, resident, prescription, own, byId)];
  });
  const inOrder = views.sort((a, b) => orderOf(a) - orderOf(b));
  return grouped(inOrder, (view) => view.resident.id);
}

// Among several medicines for one condition the protocol says which comes first.
function orderOf(view: PrnView): number {
  return view.prescription.prn?.protocol?.order ?? Number.MAX_SAFE_INTEGER;
}

function prnView(
  world: World, resident: Resident, prescription: Prescription, given: Own[], byId: Map<Id, Prescription>,
): PrnView {
  const { prn } = prescription;
  const inPot = world.pot.find((item) => item.prescription_id === prescription.id && item.due_at === null) ?? null;
  const base = { prescription, resident, inPot };
  if (!prn) {
    return { ...base, opensAt: null, given24h: "0", lastGivenAt: null, blockedBy: null, history: [], others: [], limits: [] };
  }
  const shares = new Set(prescription.medicine.ingredient_ids.map(String));
  const isSharing = (id: Id): boolean =>
    (byId.get(id)?.medicine.ingredient_ids ?? []).some((each) => shares.has(String(each)));
  const same = given.filter(({ body }) => body.prescription_id === prescription.id);
  const sharing = given.filter(({ body }) => body.prescription_id !== prescription.id && isSharing(body.prescription_id));
  const isRecent = (dose: PastDose): boolean => Date.parse(dose.given_at) > world.now - DAY_MS;
  const history = inTime([...(prn.history ?? []), ...same.map((dose) => past(dose, byId))]).filter(isRecent);
  const others = inTime([...(prn.other_products ?? []), ...sharing.map((dose) => past(dose, byId))]).filter(isRecent);
  const ownRecent = same.filter(({ at }) => at > world.now - DAY_MS).map(({ body }) => body.amount!);
  const given24h = prn.history ? add("0", ...history.map((dose) => dose.amount)) : add(prn.given_24h, ...ownRecent);
  const limits = (prn.limited_ingredients ?? []).map((limit) => withOwn(limit, [...same, ...sharing], byId));
  const instants = [...(prn.last_given_at ? [prn.last_given_at] : []), ...history.map((dose) => dose.given_at)].map(Date.parse);
  const view = { ...base, history, others, limits, given24h, lastGivenAt: instants.length ? Math.max(...instants) : null };
  return { ...view, ...openings(prn, view, sharing, same.length > 0, world.now) };
}

function past({ body, by, id }: Own, byId: Map<Id, Prescription>): PastDose {
  return {
    administration_id: id, given_at: body.given_at, amount: body.amount!, unit: body.unit, prescription_id: body.prescription_id,
    by_initials: by, effect: null, medicine_name: byId.get(body.prescription_id)?.medicine.name ?? "",
  };
}

function inTime(doses: PastDose[]): PastDose[] {
  return doses.sort((a, b) => Date.parse(a.given_at) - Date.parse(b.given_at));
}

/** The ingredient's total with what this device gave since the snapshot, of every product whose strength is known. */
function withOwn(limit: LimitedIngredient, own: Own[], byId: Map<Id, Prescription>): LimitedIngredient {
  const added = own.flatMap(({ body }) => {
    const each = mgPerUnit(byId.get(body.prescription_id), limit);
    return each === null ? [] : [times(body.amount!, each)];
  });
  return { ...limit, given_mg_24h: add(limit.given_mg_24h, ...added) };
}

function mgPerUnit(line: Prescription | undefined, limit: LimitedIngredient): string | null {
  return line?.limited?.find((each) => each.ingredient_id === limit.ingredient_id)?.mg_per_unit ?? null;
}

type Counted = Pick<PrnView, "prescription" | "history" | "others" | "limits" | "given24h" | "lastGivenAt">;

function openings(
  prn: Prn, view: Counted, sharing: Own[], hasOwn: boolean, now: number,
): { opensAt: number | null; blockedBy: PrnView["blockedBy"] } {
  const server = prn.next_allowed_at ? Date.parse(prn.next_allowed_at) : 0;
  const gap = (prn.min_gap_minutes ?? 0) * 60_000;
  const sharedGap = Math.max(gap, ...view.limits.map((limit) => (limit.min_gap_minutes ?? 0) * 60_000));
  const tooSoon = Math.max(
    view.lastGivenAt !== null && gap ? view.lastGivenAt + gap : 0, ...sharing.map(({ at }) => (sharedGap ? at + sharedGap : 0)),
  );
  const full = Math.max(
    amountOpens(prn, view, hasOwn ? 0 : server, now), dosesOpen(prn, view), ingredientOpens(prn, view, server, now),
  );
  const at = Math.max(tooSoon, full, server);
  if (at <= now) return { opensAt: null, blockedBy: null };
  return { opensAt: at, blockedBy: full > tooSoon && full > now ? "prn_over_maximum" : "prn_too_soon" };
}

/** The first moment at which the smallest dose fits under the most allowed in 24 hours. */
function amountOpens(prn: Prn, { history, given24h }: Counted, server: number, now: number): number {
  if (prn.max_amount_24h === null || compare(add(given24h, prn.low), prn.max_amount_24h) <= 0) return 0;
  let total = units(given24h);
  for (const dose of history) {
    total -= units(dose.amount);
    if (total + units(prn.low) <= units(prn.max_amount_24h)) return Date.parse(dose.given_at) + DAY_MS;
  }
  // The server gave a total but not its doses: its own word on when it opens, or a whole day from now.
  return server > now ? server : now + DAY_MS;
}

function dosesOpen(prn: Prn, { history }: Counted): number {
  if (!prn.max_doses_24h || history.length < prn.max_doses_24h) return 0;
  return Date.parse(history[history.length - prn.max_doses_24h]!.given_at) + DAY_MS;
}

/** While an ingredient is at its most, this waits for the oldest dose of any product to fall out of the 24 hours. */
function ingredientOpens(prn: Prn, view: Counted, server: number, now: number): number {
  const isFull = view.limits.some((limit) => {
    const each = mgPerUnit(view.prescription, limit);
    const wanted = each === null ? "0" : times(prn.low, each);
    const total = add(limit.given_mg_24h, wanted);
    return each === null ? compare(total, limit.max_mg_24h) >= 0 : compare(total, limit.max_mg_24h) > 0;
  });
  if (!isFull) return 0;
  const oldest = Math.min(...[...view.history, ...view.others].map((dose) => Date.parse(dose.given_at)));
  const opens = Number.isFinite(oldest) ? oldest + DAY_MS : now + DAY_MS;
  return server > now ? Math.min(server, opens) : opens;
}
