/** What does the app hold in memory, and what follows from it?
 *
 * Signals only: session, disk and network put values in, screens read the folded views. Acts are in acts.ts,
 * what a scan does is in scanning.ts.
 */

import { computed, signal } from "@preact/signals";
import { fold, homeClock, personOf, roundByClock, type Later, type PersonView, type PotItem, type World } from "./fold.ts";
import type { DueDose, FindingRecord, Id, OutboxEntry, PartGiven, Prescription, Round, Scale, ScanUsed, Snapshot, StaffTile } from "./model.ts";
import type { Match } from "./match.ts";
import { wholeName } from "./medicine_words.ts";
import { DEFAULT_SETTINGS, type DeviceRecord, type Settings } from "./store.ts";
import type { Vault } from "./vault.ts";

export interface Session {
  staff: StaffTile;
  vault: Vault;
  storageKey: string;
  /** Null after an offline sign-in, until the server has answered. */
  token: string | null;
  /** Kept in memory only, to sign in at the server as soon as it can be reached. */
  secret: { staff_id: Id; pin: string } | { badge: string; pin: string };
  startedAt: number;
  previousSeen: number | null;
}

/** A dose on its way into the pot: what is still missing is asked for, one question at a time. */
export interface Draft {
  prescription: Prescription;
  due_at: string | null;
  low: string;
  high: string;
  pack_id: Id | null;
  scan: ScanUsed;
  findings: string[];
  amount: string | null;
  note: string | null;
  witness: PotItem["witness"];
  no_witness_reason: string | null;
  event_id: string;
  event: NonNullable<DueDose["event"]>;
  /** The strengths that make up the dose; empty when one strength does. */
  parts: { strength: string; count: string }[];
  parts_given: PartGiven[];
  needs_reading: string | null;
  scale: Scale | null;
  reading: Record<string, string> | null;
  site: string | null;
  given_at: string | null;
}

export type Screen =
  | { name: "opening" }
  | { name: "blocked"; why: "other_window" | "no_storage" }
  | { name: "enrol" }
  | { name: "start" }
  | { name: "welcome" }
  | { name: "list" }
  | { name: "person"; residentId: Id }
  | { name: "finish" }
  | { name: "creams" }
  | { name: "handover" }
  | { name: "menu" }
  | { name: "outbox" }
  | { name: "scanner" };

export type Overlay =
  | { name: "stop"; match: Match; text: string }
  | { name: "ask"; match: Match; text: string; how: ScanUsed["how"] }
  | { name: "unread"; text: string }
  | { name: "not_given"; keys: string[] }
  | { name: "by_hand"; prescriptionId: Id; dueAt: string | null }
  | { name: "amount"; draft: Draft }
  | { name: "prn"; prescriptionId: Id; scan: ScanUsed | null; packId: Id | null; findings: string[] }
  | { name: "witness"; draft: Draft }
  | { name: "dose_reading"; draft: Draft; reading: string }
  | { name: "parts"; draft: Draft }
  | { name: "site"; draft: Draft }
  | { name: "patch_check"; prescriptionId: Id }
  | { name: "late_entry"; prescriptionId: Id; dueAt: string }
  | { name: "recount" }
  | { name: "effects" }
  | { name: "camera" }
  | { name: "typed" }
  | { name: "idle" };

/** The work of a round that is nobody's record yet. Survives a reload, sealed. */
export interface Work {
  pot: PotItem[];
  later: Later[];
  roundId: Id | null;
  byHandReasons: Record<string, string>;
  readings: Record<string, Record<string, string>>;
  /** When each prescription's readings were taken: an old one decides nothing. */
  readAt: Record<string, number>;
  /** By dose: the strengths of a mixed dose that were scanned so far. */
  parts: Record<string, PartGiven[]>;
}

export const EMPTY_WORK: Work = { pot: [], later: [], roundId: null, byHandReasons: {}, readings: {}, readAt: {}, parts: {} };

export const device = signal<DeviceRecord | null>(null);
export const tiles = signal<StaffTile[]>([]);
export const settings = signal<Settings>(DEFAULT_SETTINGS);
export const session = signal<Session | null>(null);
export const known = signal<{ snapshot: Snapshot; fetchedAt: number } | null>(null);
export const outbox = signal<OutboxEntry[]>([]);
/** Events kept on this device that nobody has signed in to read yet. */
export const sealedUnsent = signal(0);
export const work = signal<Work>(EMPTY_WORK);
export const screen = signal<Screen>({ name: "opening" });
export const overlay = signal<Overlay | null>(null);
export const toast = signal<string | null>(null);
export const isNotSaved = signal(false);
export const isRevoked = signal(false);
/** Acts that were confirmed and are not yet on disk. */
export const saving = signal(0);
export const isSending = signal(false);
export const hasNewVersion = signal(false);
/** How the last scanner's text ended, for the set-up page. */
export const lastWedgeEnd = signal("");
export const isPractice = signal(false);
/** Moves every few seconds, so that times on the screen do not stand still. */
export const tick = signal(Date.now());

/** The server's clock minus ours. By itself, so that an answer of the server that moves no clock folds nothing anew. */
const offset = computed(() => device.value?.clock_offset_ms ?? 0);

export function clockOffset(): number {
  return offset.value;
}

/** The time as the server has it, as far as this device knows. */
export function correctedNow(): number {
  return Date.now() + clockOffset();
}

export function initialsOf(staffId: Id): string {
  return known.value?.snapshot.staff.find((each) => each.id === staffId)?.initials ?? "?";
}

export function nameOf(staffId: Id): string {
  return known.value?.snapshot.staff.find((each) => each.id === staffId)?.display_name ?? "?";
}

export const unitId = computed<Id | null>(() => {
  const units = known.value?.snapshot.units ?? [];
  const wanted = settings.value.unit_id;
  return units.find((unit) => unit.id === wanted)?.id ?? units[0]?.id ?? null;
});

export const world = computed<World | null>(() => {
  if (!known.value) return null;
  return {
    snapshot: known.value.snapshot, fetchedAt: known.value.fetchedAt, outbox: outbox.value, pot: work.value.pot,
    later: work.value.later, now: tick.value + clockOffset(), unitId: unitId.value, initialsOf,
  };
});

export const round = computed<Round | null>(() => {
  const rounds = world.value?.snapshot.rounds ?? [];
  return rounds.find((each) => each.id === work.value.roundId) ?? roundByClock(rounds, unitId.value, world.value?.now ?? 0);
});

export const roundView = computed(() => (world.value ? fold(world.value, round.value) : null));

export const person = computed<PersonView | null>(() => {
  const at = screen.value;
  if (!world.value || at.name !== "person") return null;
  return personOf(world.value, round.value, at.residentId);
});

export const unsent = computed(() => outbox.value.filter((entry) => entry.answer === null).length);

const ATTENTION = new Set(["conflict", "held", "refused"]);

export const needsLook = computed(() => outbox.value.filter(
  (entry) => ATTENTION.has(entry.answer ?? "") || (isCountWrong(entry) && Date.parse(entry.event.entered_at) > tick.value - SHIFT_MS),
));

const SHIFT_MS = 12 * 3600_000;

/** The witness counted something else than the register says: known only once the server has answered. */
export function isCountWrong({ findings }: OutboxEntry): boolean {
  return findings.some((each) => each.code === "balance_differs");
}

/** Who has the round now, when that is another device: it took over, or had it before. */
export const holder = computed(() => {
  const held = round.value?.held_by;
  if (!held || held.device_id === device.value?.device_id) return null;
  const { openedAt } = roundView.value ?? {};
  return openedAt && openedAt >= Date.parse(held.since) ? null : held;
});

/** What may be said of the records on this device. "Sent" only when nothing is being written and nothing waits. */
export const saveState = computed<"not_saved" | "held" | "saving" | "look" | "sent">(() => {
  if (isNotSaved.value) return "not_saved";
  if ((session.value ? unsent.value : sealedUnsent.value) > 0) return "held";
  if (saving.value > 0) return "saving";
  return needsLook.value.length > 0 ? "look" : "sent";
});

/** One walk through one round on one day: what is asked once a round is asked once for this. */
export function roundKey(): string {
  return `${round.value?.id ?? "none"}@${homeClock(correctedNow()).day}`;
}

export function packName(prescription: Prescription): string {
  return wholeName(prescription.medicine);
}

export function firstFinding(match: Match): FindingRecord {
  return match.findings[0] ?? { code: "unknown_barcode", level: "ask" };
}
