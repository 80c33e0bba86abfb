/** How can somebody learn the app without touching a record?
 *
 * Three invented people, in memory only: nothing of it reaches the disk or the server. The real round waits
 * behind it as it was.
 */

import { disk } from "./disk.ts";
import { homeClock } from "./fold.ts";
import type { DueDose, PackRow, Prescription, Resident, Snapshot } from "./model.ts";
import { PRACTICE_LABELS } from "./scanner_setup.ts";
import * as state from "./state.ts";
import { EMPTY_WORK, type Work } from "./state.ts";

const RESIDENTS: Resident[] = [
  person(1, "Nell", "Nell Example", "1", "Easily startled: say who you are first.", [{ substance: "Penicillin", reaction: "rash" }]),
  person(2, "Mr Practice", "Percy Practice", "2", "Sitting up, one at a time, with squash.", []),
  person(3, "Dot", "Dorothy Demo", "3", "", []),
];

function person(id: number, preferred: string, full: string, room: string, how: string, allergies: Resident["allergies"]): Resident {
  return {
    id, unit_id: 1, room, full_name: full, preferred_name: preferred, born_on: `193${id}-0${id}-1${id}`, photo_url: null,
    label_code: PRACTICE_LABELS[`resident ${id}`]!, presence: "present", allergies, corridor_order: id, how_i_take: how,
    allergy_status: allergies.length ? "recorded" : id === 3 ? "not_recorded" : "none_known",
  };
}

function line(id: number, residentId: number, name: string, strength: string, dose: string, more: Partial<Prescription> = {}): Prescription {
  return {
    id, version: 1, resident_id: residentId, dose_words: dose, instructions: [], reason: "", unit: "tablet", kind: "regular",
    window_minutes: 60, time_critical: false, must_be_brand: false, status: "active", acceptable_gtins: [], stock_unit: "tablet",
    prn: null, medicine: { id, name, strength, form: "tablets", ingredient_ids: [id], is_cd: false }, ...more,
  };
}

/** The practice snapshot: everything due now, so that it works at any hour. */
export function practiceSnapshot(now: number): Snapshot {
  const prescriptions = [
    line(1, 1, "Amlodipine", "5 mg", "Take 1 tablet", { reason: "Blood pressure" }),
    line(2, 1, "Metformin", "500 mg", "Take 2 tablets", { reason: "Diabetes", instructions: ["With food"] }),
    line(3, 2, "Ramipril", "2.5 mg", "Take 1 tablet", { reason: "Heart" }),
    line(4, 3, "Senna", "7.5 mg", "Take 1 or 2 tablets", { reason: "Constipation" }),
    line(5, 1, "Paracetamol", "500 mg", "Take 1 or 2 tablets", {
      kind: "when_required", reason: "Pain",
      prn: { condition: "pain", min_gap_minutes: 240, max_amount_24h: "8", low: "1", high: "2", next_allowed_at: null, given_24h: "4", last_given_at: null },
    }),
  ];
  const iso = (offset: number): string => new Date(Math.floor(now / 60_000) * 60_000 + offset * 60_000).toISOString();
  const due: DueDose[] = [[1, "1", "1"], [2, "2", "2"], [3, "1", "1"], [4, "1", "2"]].map(([id, low, high]) => ({
    prescription_id: id as number, due_at: iso(0), round_id: 1, low: low as string, high: high as string, unit: "tablet",
    opens_at: iso(-60), closes_at: iso(60), early_from: iso(-120), answered: null,
  }));
  const packs: PackRow[] = prescriptions.map((each, i) => ({
    id: i + 1, label_code: PRACTICE_LABELS[`pack ${i + 1}`]!, gtin: null, serial: null, batch: null, expires_on: null, opened_on: null,
    use_by: null, status: "in_use", line_id: i + 1, resident_id: each.resident_id, medicine_id: each.medicine.id, location: "Practice trolley",
  }));
  const { minutes } = homeClock(now);
  const clock = (at: number): string => `${String(Math.floor(at / 60)).padStart(2, "0")}:${String(at % 60).padStart(2, "0")}`;
  const session = state.session.value;
  return {
    cursor: "practice", server_time: iso(0), schema: 1, home: { id: 0, name: "Practice" }, units: [{ id: 1, name: "Practice" }],
    rounds: [{ id: 1, unit_id: 1, name: "Practice", starts: clock(Math.max(0, minutes - 60)), ends: clock(Math.min(1439, minutes + 60)) }],
    staff: session ? [session.staff] : [], residents: RESIDENTS, prescriptions, due, packs, codes: [], stock: [],
  };
}

let behind: { known: typeof state.known.value; outbox: typeof state.outbox.value; work: Work } | null = null;

export function startPractice(): void {
  behind = { known: state.known.value, outbox: state.outbox.value, work: state.work.value };
  state.isPractice.value = true;
  state.outbox.value = [];
  state.work.value = EMPTY_WORK;
  state.known.value = { snapshot: practiceSnapshot(state.correctedNow()), fetchedAt: Date.now() };
  state.overlay.value = null;
  state.screen.value = { name: "welcome" };
}

/** Back to the real round, as it was left. */
export async function endPractice(): Promise<void> {
  const session = state.session.value;
  if (!behind || !session) return;
  state.known.value = behind.known;
  state.work.value = behind.work;
  state.outbox.value = await disk().outbox(session.vault);
  behind = null;
  state.isPractice.value = false;
  state.overlay.value = null;
  state.screen.value = { name: "welcome" };
}
