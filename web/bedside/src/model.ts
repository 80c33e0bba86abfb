/** What does the server tell this device, and what does the device tell the server?
 *
 * The shapes of the snapshot and of events, as the device API defines them. Quantities are decimal strings,
 * times are ISO 8601 in UTC. Nothing here decides anything.
 */

export type Iso = string;
export type Hex = string;

export interface PinVerifier {
  algorithm: string;
  salt: Hex;
  iterations: number;
  key: Hex;
}

export interface StaffTile {
  id: number;
  display_name: string;
  initials: string;
  role: string;
  photo_url?: string | null;
}

export interface SnapshotStaff extends StaffTile {
  badge_hash?: Hex | null;
  pin_verifier?: PinVerifier | null;
}

export interface Round {
  id: number;
  unit_id: number;
  name: string;
  starts: string;
  ends: string;
  held_by?: { device_id: string; device_name: string; staff_id: number; since: Iso } | null;
}

export interface Allergy {
  substance: string;
  reaction: string | null;
}

export interface Resident {
  id: number;
  unit_id: number | null;
  room: string;
  full_name: string;
  preferred_name: string;
  born_on: string;
  photo_url: string | null;
  label_code: string | null;
  presence: "present" | "in_hospital" | "on_leave";
  allergies: Allergy[];
  allergy_status: "recorded" | "none_known" | "not_recorded";
  how_i_take: string;
  corridor_order: number;
}

export interface MedicineRef {
  id: number | string;
  name: string;
  strength: string;
  form: string;
  ingredient_ids: (number | string)[];
  is_cd: boolean;
  colour_note?: string | null;
}

export interface PrnState {
  condition: string;
  min_gap_minutes: number | null;
  max_amount_24h: string | null;
  low: string;
  high: string;
  next_allowed_at: Iso | null;
  given_24h: string;
  last_given_at: Iso | null;
  effect_after_minutes?: number | null;
  history?: { given_at: Iso; amount: string; prescription_id: number }[];
}

export interface Prescription {
  id: number;
  version: number;
  resident_id: number;
  medicine: MedicineRef;
  dose_words: string;
  instructions: string[];
  reason: string;
  unit: string;
  kind: "regular" | "when_required";
  window_minutes: number;
  time_critical: boolean;
  must_be_brand: boolean;
  status: "active" | "stopped" | "suspended";
  acceptable_gtins: string[];
  stock_unit: string;
  prn: PrnState | null;
}

export interface Answered {
  administration_id: string;
  outcome: string;
  given_at: Iso;
  by_initials: string;
}

export interface DueDose {
  prescription_id: number;
  due_at: Iso;
  round_id: number | null;
  low: string;
  high: string;
  unit: string;
  opens_at: Iso;
  closes_at: Iso;
  early_from: Iso;
  answered: Answered | null;
}

export interface PackRow {
  id: string | number;
  label_code: string | null;
  gtin: string | null;
  serial: string | null;
  batch: string | null;
  expires_on: string | null;
  opened_on: string | null;
  use_by: string | null;
  status: "in_use" | "quarantined" | "finished";
  line_id: number | string;
  resident_id: number | null;
  medicine_id: number | string;
  location: string;
  balance?: string | null;
}

export interface CodeRow {
  gtin: string;
  medicine_id: number | string;
  pack_name: string;
}

export interface StockRow {
  line_id: number | string;
  resident_id: number | null;
  medicine_id: number | string;
  balance: string;
  unit: string;
}

export interface Change {
  id: string | number;
  resident_id: number;
  at: Iso;
  words: string;
}

export interface EffectCheck {
  administration_id: string;
  resident_id: number;
  prescription_id: number;
  given_at: Iso;
  due_at: Iso;
}

export interface Snapshot {
  cursor: string;
  server_time: Iso;
  schema: number;
  home: { id: number; name: string };
  units: { id: number; name: string }[];
  rounds: Round[];
  staff: SnapshotStaff[];
  residents: Resident[];
  prescriptions: Prescription[];
  due: DueDose[];
  packs: PackRow[];
  codes: CodeRow[];
  stock: StockRow[];
  changes?: Change[];
  effect_checks?: EffectCheck[];
  device?: { last_sequence: number };
}

export type HowScanned = "wedge" | "camera" | "photo" | "typed" | "by_hand";

export interface ScanUsed {
  how: HowScanned;
  text: string | null;
  by_hand_reason: string | null;
}

export interface AdministrationBody {
  resident_id: number;
  prescription_id: number;
  prescription_version: number;
  due_at: Iso | null;
  given_at: Iso;
  outcome: string;
  amount: string | null;
  unit: string;
  pack_id: string | number | null;
  scan: ScanUsed;
  note: string | null;
  round_id: number | null;
  findings_shown: string[];
  witness_id: number | null;
  witnessed_at?: Iso | null;
  witness_proof?: Hex | null;
  balance_counted?: string | null;
  wasted_amount?: string | null;
  site: string | null;
  reading: string | null;
  effect_due_at: Iso | null;
}

export interface ScanBody {
  resident_id: number | null;
  prescription_id: number | null;
  due_at: Iso | null;
  how: HowScanned;
  text: string;
  symbology: string | null;
  meaning: string;
  result: "in_pot" | "stopped" | "asked" | "opened";
  findings: FindingRecord[];
  overridden: boolean;
  reason: string | null;
  teach?: boolean;
}

export interface FindingRecord {
  code: string;
  level: "stop" | "ask" | "note";
  [fact: string]: unknown;
}

export interface RoundBody {
  round_id: number;
  on: string;
  unit_id: number;
  taken_over_from?: number | null;
  blank?: number;
}

export interface EffectBody {
  administration_id: string;
  resident_id: number;
  prescription_id: number;
  effect: "helped" | "helped_a_little" | "did_not_help" | "asleep";
  note: string | null;
}

export type EventKind = "administration" | "scan" | "round_started" | "round_finished" | "effect_checked";

export interface BedsideEvent {
  id: string;
  schema: 1;
  kind: EventKind;
  sequence: number;
  previous_hash: Hex;
  staff_id: number;
  entered_at: Iso;
  clock_offset_ms: number | null;
  body: AdministrationBody | ScanBody | RoundBody | EffectBody;
  hash: Hex;
}

export type AnswerWord =
  | "recorded"
  | "already_recorded"
  | "recorded_with_findings"
  | "conflict"
  | "held"
  | "refused";

export interface SyncAnswer {
  id: string;
  answer: AnswerWord;
  findings?: FindingRecord[];
  detail?: string | null;
}

/** One line of the outbox: the event, and what the server has said about it so far. */
export interface OutboxEntry {
  event: BedsideEvent;
  answer: AnswerWord | null;
  answered_at: number | null;
  detail: string | null;
  findings: FindingRecord[];
}
