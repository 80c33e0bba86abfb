/** A small invented home for the tests of pure parts: one resident, a few medicines, one round. */
import type { BedsideEvent, DueDose, OutboxEntry, Prescription, Resident, Snapshot } from "../src/model.ts";
import type { World } from "../src/fold.ts";
import { chain, GENESIS, type Act } from "../src/event.ts";

export const NINE = Date.parse("2026-11-22T09:00:00Z");
export const MINUTE = 60_000;

export const joan: Resident = {
  id: 1, unit_id: 1, room: "12", full_name: "Joan Whitfield", preferred_name: "Joan", born_on: "1938-03-04", photo_url: null,
  label_code: "ERJANE22", presence: "present", allergies: [], allergy_status: "none_known", how_i_take: "", corridor_order: 2,
};
export const bill: Resident = { ...joan, id: 2, full_name: "William Pryce", preferred_name: "Bill", room: "16", corridor_order: 1 };

export function line(id: number, more: Partial<Prescription> = {}): Prescription {
  return {
    id, version: 1, resident_id: 1, dose_words: "Take 1 tablet", instructions: [], reason: "", unit: "tablet", kind: "regular",
    window_minutes: 60, time_critical: false, must_be_brand: false, status: "active", acceptable_gtins: [], stock_unit: "tablet", prn: null,
    medicine: { id, name: `Medicine ${id}`, strength: "5 mg", form: "tablets", ingredient_ids: [id], is_cd: false }, ...more,
  };
}

export function due(prescriptionId: number, at: number, more: Partial<DueDose> = {}): DueDose {
  const iso = (minutes: number): string => new Date(at + minutes * MINUTE).toISOString();
  return {
    prescription_id: prescriptionId, due_at: iso(0), round_id: 1, low: "1", high: "1", unit: "tablet", opens_at: iso(-60),
    closes_at: iso(60), early_from: iso(-120), answered: null, ...more,
  };
}

export function prn(more: Partial<NonNullable<Prescription["prn"]>> = {}): NonNullable<Prescription["prn"]> {
  return {
    condition: "pain", min_gap_minutes: 240, max_amount_24h: "8", low: "1", high: "2", next_allowed_at: null, given_24h: "0",
    last_given_at: null, ...more,
  };
}

export function snapshot(more: Partial<Snapshot> = {}): Snapshot {
  return {
    cursor: "1", server_time: new Date(NINE).toISOString(), schema: 1, home: { id: 1, name: "Willow House" },
    units: [{ id: 1, name: "Oak" }], rounds: [{ id: 1, unit_id: 1, name: "Morning", starts: "08:00", ends: "10:30" }],
    staff: [{ id: 7, display_name: "Anna", initials: "AN", role: "carer" }], residents: [joan, bill], prescriptions: [], due: [],
    packs: [], codes: [], stock: [], ...more,
  };
}

export function world(more: Partial<World> = {}): World {
  return {
    snapshot: snapshot(), fetchedAt: NINE - 10 * MINUTE, outbox: [], pot: [], later: [], now: NINE, unitId: 1, initialsOf: () => "AN", ...more,
  };
}

/** Outbox entries of these acts, none of them answered yet. */
export function entries(acts: Act[], more: Partial<OutboxEntry> = {}): OutboxEntry[] {
  return chain(acts, { sequence: 0, hash: GENESIS }, NINE, 0).map((event: BedsideEvent) => ({
    event, answer: null, answered_at: null, detail: null, findings: [], ...more,
  }));
}

export function given(prescriptionId: number, dueAt: string | null, more: Record<string, unknown> = {}): Act {
  return {
    kind: "administration", staff_id: 7,
    body: {
      resident_id: 1, prescription_id: prescriptionId, prescription_version: 1, due_at: dueAt, given_at: new Date(NINE).toISOString(),
      outcome: "given", amount: "1", unit: "tablet", pack_id: null, scan: { how: "wedge", text: "EP234567", by_hand_reason: null }, note: null,
      round_id: 1, findings_shown: [], witness_id: null, site: null, reading: null, effect_due_at: null, ...more,
    },
  };
}
