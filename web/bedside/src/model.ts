/** What does the server tell this device, and what does the device tell the server?
 *
 * The shapes of the snapshot and of events, as the device API defines them. Quantities are decimal strings,
 * times are ISO 8601 in UTC. Nothing here decides anything.
 */

export type Iso = string;
export type Hex = string;
/** Server ids are numbers or texts; nothing here computes with them. */
export type Id = string | number;

export interface PinVerifier {
  algorithm: string;
  salt: Hex;
  iterations: number;
  key: Hex;
}

export interface StaffTile {
  id: Id;
  display_name: string;
  initials: string;
  role: string;
  photo_url?: string | null;
  /** SHA-256 of the badge's text: says whose badge it is, and opens nothing by itself. */
  badge_hash?: Hex | null;
}

export interface SnapshotStaff extends StaffTile {
  pin_verifier?: PinVerifier | null;
}

export interface Round {
  id: Id;
  unit_id: Id;
  name: string;
  starts: string;
  ends: string;
  held_by?: { device_id: string; device_name: string; staff_id: Id; since: Iso } | null;
}

export interface Allergy {
  substance: string;
  reaction: string | null;
  ingredient_ids?: Id[];
}

export interface Resident {
  id: Id;
  unit_id: Id | null;
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
  id: Id;
  name: string;
  strength: string;
  form: string;
  ingredient_ids: Id[];
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
  history?: { given_at: Iso; amount: string; prescription_id: Id }[];
}

export interface Prescription {
  id: Id;
  version: number;
  resident_id: Id;
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
  /** Gaps that hold for a regular medicine too. */
  next_allowed_at?: Iso | null;
  combined_medicine_ids?: Id[];
  hold?: { reading: string; below?: string | null; above?: string | null }[];
  accepted_allergies?: string[];
}

export interface Answered {
  administration_id: string;
  outcome: string;
  given_at: Iso;
  by_initials: string;
}

export interface DueDose {
  prescription_id: Id;
  due_at: Iso;
  round_id: Id | null;
  low: string;
  high: string;
  unit: string;
  opens_at: Iso;
  closes_at: Iso;
  early_from: Iso;
  answered: Answered | null;
}

export interface PackRow {
  id: Id;
  label_code: string | null;
  gtin: string | null;
  serial: string | null;
  batch: string | null;
  expires_on: string | null;
  opened_on: string | null;
  use_by: string | null;
  status: "in_use" | "quarantined" | "finished";
  line_id: Id;
  resident_id: Id | null;
  medicine_id: Id;
  location: string;
  balance?: string | null;
}

export interface CodeRow {
  gtin: string;
  medicine_id: Id;
  pack_name: string;
  ingredient_ids?: Id[];
}

export interface StockRow {
  line_id: Id;
  resident_id: Id | null;
  medicine_id: Id;
  balance: string;
  unit: string;
}

export interface Change {
  id: Id;
  resident_id: Id;
  at: Iso;
  words: string;
}

export interface EffectCheck {
  administration_id: string;
  resident_id: Id;
  prescription_id: Id;
  given_at: Iso;
  due_at: Iso;
}

export interface Snapshot {
  cursor: string;
  server_time: Iso;
  schema: number;
  home: { id: number; name: string };
  units: { id: Id; name: string }[];
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
  resident_id: Id;
  prescription_id: Id;
  prescription_version: number;
  due_at: Iso | null;
  given_at: Iso;
  outcome: string;
  amount: string | null;
  unit: string;
  pack_id: Id | null;
  scan: ScanUsed;
  note: string | null;
  round_id: Id | null;
  findings_shown: string[];
  witness_id: Id | null;
  witnessed_at?: Iso | null;
  witness_proof?: Hex | null;
  balance_counted?: string | null;
  wasted_amount?: string | null;
  site: string | null;
  reading: string | null;
  effect_due_at: Iso | null;
}

export interface ScanBody {
  resident_id: Id | null;
  prescription_id: Id | null;
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
  level: "stop" | "ask" | "note" | "conflict";
  [fact: string]: unknown;
}

export interface RoundBody {
  round_id: Id;
  on: string;
  unit_id: Id;
  taken_over_from?: Id | null;
  blank?: number;
}

export interface EffectBody {
  administration_id: string;
  resident_id: Id;
  prescription_id: Id;
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
  staff_id: Id;
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
