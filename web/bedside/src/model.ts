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
  /** False: the yearly assessment has run out, and no manager lets them go on. Absent: nothing is known against it. */
  may_start_round?: boolean;
  competency_until?: string | null;
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
  /** False: no medicine can be compared with it, so only people can. */
  is_checked?: boolean;
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
  /** IDDSI, 0 to 4; null: not assessed. */
  drink_level?: number | null;
  /** IDDSI, 3 to 7; null: not assessed. */
  food_level?: number | null;
  swallowing_words?: string;
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

export interface PrnProtocol {
  condition: string;
  signs: string;
  can_ask: boolean;
  choosing: string;
  try_first: string;
  order: number | null;
  expected_effect: string;
  effect_after_minutes: number | null;
  review_on: string | null;
  call_when: string;
}

export interface PastDose {
  administration_id?: string;
  given_at: Iso;
  amount: string;
  unit?: string;
  prescription_id: Id;
  by_initials?: string;
  effect?: Effect | null;
  medicine_name?: string;
}

/** An ingredient that is limited over every product that holds it. */
export interface LimitedIngredient {
  ingredient_id: Id;
  name: string;
  max_mg_24h: string;
  given_mg_24h: string;
  min_gap_minutes: number | null;
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
  max_doses_24h?: number | null;
  protocol?: PrnProtocol | null;
  /** Doses of this medicine in the last 24 hours, oldest first. */
  history?: PastDose[];
  /** Other products with an ingredient in common: shown, their amounts never added to this one's. */
  other_products?: PastDose[];
  limited_ingredients?: LimitedIngredient[];
}

export interface HoldRule {
  reading: string;
  below?: string | null;
  above?: string | null;
  words?: string;
}

/** From a reading (inclusive) to below another, this amount; `low` null: none, and the words say what to do. */
export interface ScaleStep {
  at_least: string | null;
  below: string | null;
  low: string | null;
  high: string | null;
  words?: string;
}

export interface Patch {
  /** Whether one is on the skin now. */
  is_worn: boolean;
  every_minutes: number;
  worn_minutes: number | null;
  sites: string[];
  next_site: string | null;
  last_site: string | null;
  put_on_at: Iso | null;
  check_times: Iso[];
  last_check: { found: PatchFound; checked_at: Iso; by_initials: string; site: string | null } | null;
  is_off: boolean;
}

export interface Plan {
  kind: "covert" | "crush" | "self_administration";
  /** False: the pharmacist said no. Absent: what the plan says may be done. */
  is_allowed?: boolean;
  words: string;
  review_on: string | null;
}

export interface InrState {
  is_current: boolean;
  inr: string | null;
  tested_on: string | null;
  until_on: string | null;
  ask: string;
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
  kind: "regular" | "when_required" | "standing";
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
  hold?: HoldRule[];
  accepted_allergies?: string[];
  /** Substances of the resident's allergies that the server found this medicine to meet, by class too. */
  allergies_met?: string[];
  needs_witness?: boolean;
  patch?: Patch | null;
  /** Which medicine is which strength, for a dose made of several. */
  strengths?: { medicine_id: Id; strength: string; name: string }[];
  body_areas?: string[];
  is_topical?: boolean;
  standing?: { iddsi_level: number | null; words: string } | null;
  plans?: Plan[];
  inr?: InrState | null;
  limited?: { ingredient_id: Id; mg_per_unit: string }[];
  /** Why its times could not be worked out. */
  problem?: string | null;
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
  event?: "give" | "put_on" | "take_off";
  parts?: { strength: string; count: string }[];
  needs_reading?: string | null;
  scale?: Scale | null;
}

/** The reading that decides how much is given, and what it decides. */
export interface Scale {
  reading: string;
  steps: ScaleStep[];
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
  prescription_id?: Id;
  kind?: "started" | "stopped" | "replaced";
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
  policy?: { close_after_minutes: number; has_unwitnessed_nights: boolean; homely_remedy_hours: number };
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
  /** Nobody could witness, and the home's policy allows that with a reason. */
  no_witness_reason?: string | null;
  site: string | null;
  reading: Record<string, string> | null;
  effect_due_at: Iso | null;
  /** Each strength of a mixed dose with the pack it came from. */
  parts?: PartGiven[];
  /** It was given earlier than it was entered, and only forgotten. */
  late_entry?: boolean;
}

export interface PartGiven {
  strength: string;
  count: string;
  pack_id: Id | null;
  scan_text: string | null;
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
  effect: Effect;
  note: string | null;
  checked_at: Iso | null;
}

export type Effect = "worked" | "partly" | "not" | "worse" | "asleep";

export type PatchFound = "in_place" | "lifting" | "fallen_off";

export interface PatchBody {
  resident_id: Id;
  prescription_id: Id;
  found: PatchFound;
  site: string | null;
  note: string | null;
  checked_at: Iso | null;
}

/** This device's own store is behind what the server has of it: wiped, or put back from an old copy. */
export interface RecordsLostBody {
  server_had: number;
  device_has: number;
}

/** How the network was between two instants, by the room that was on the screen. Names nobody. */
export interface NetworkBody {
  since: Iso;
  until: Iso;
  rooms: { room: string; unit: string; tries: number; failed: number; latency_ms: number; slowest_ms: number }[];
  offline_seconds: number;
  drops: number;
}

export type EventKind =
  | "administration" | "scan" | "round_started" | "round_finished" | "effect_checked" | "patch_checked" | "records_lost"
  | "network";

export interface BedsideEvent {
  id: string;
  schema: 1;
  kind: EventKind;
  sequence: number;
  previous_hash: Hex;
  staff_id: Id;
  entered_at: Iso;
  clock_offset_ms: number | null;
  body: AdministrationBody | ScanBody | RoundBody | EffectBody | PatchBody | RecordsLostBody | NetworkBody;
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
