/** What is true now, as this device knows it?
 *
 * A pure function of the last snapshot, this device's own events, the pot and the time. Every screen shows
 * what comes out of here; nothing is kept that could be computed. The server's word wins for whatever it had
 * already taken in when it made the snapshot.
 */

import { patchOf, type PatchView } from "./patch_fold.ts";
import { whenRequiredOf, type PrnView } from "./prn_fold.ts";
import type {
  AdministrationBody, DueDose, EffectBody, EffectCheck, Id, OutboxEntry, PartGiven, Prescription, Resident, Round,
  RoundBody, ScanUsed, Snapshot,
} from "./model.ts";

export const POT_AGES_MS = 10 * 60_000;
export const RETRY_MS = 15 * 60_000;
export const DAY_MS = 24 * 3600_000;
const HOME_ZONE = "Europe/London";

export interface PotItem {
  key: string;
  resident_id: Id;
  prescription_id: Id;
  due_at: string | null;
  amount: string;
  pack_id: Id | null;
  scan: ScanUsed;
  findings: string[];
  /** Corrected time the dose went into the pot. */
  at: number;
  note: string | null;
  /** The event's id is fixed when a witness has signed for it. */
  event_id: string;
  witness: Witnessed | null;
  no_witness_reason?: string | null;
  site?: string | null;
  reading?: Record<string, string> | null;
  parts?: PartGiven[];
  /** When it really was given, for a dose that was only forgotten to be recorded. */
  given_at?: string | null;
}

export interface Witnessed {
  id: Id;
  at: string;
  proof: string | null;
  balance_counted: string;
}

export interface Later {
  key: string;
  until: number;
}

export interface Taken {
  outcome: string;
  given_at: string;
  by: string;
  is_here: boolean;
}

export interface DoseView {
  key: string;
  due: DueDose;
  prescription: Prescription;
  resident: Resident;
  state: "due" | "in_pot" | "later" | "answered";
  timing: "too_early" | "early" | "on_time" | "late";
  /** An earlier round left it blank: it can still be answered, but it is not what is due now. */
  isEarlier: boolean;
  pot: PotItem | null;
  isPotOld: boolean;
  answered: Taken | null;
  later: number | null;
}

export interface PersonView {
  resident: Resident;
  doses: DoseView[];
  prns: PrnView[];
  /** What is always done and never due (thickener), and what has no dose now though it should (warfarin without an INR). */
  standing: Prescription[];
  patches: PatchView[];
  pot: PotItem[];
  left: number;
  hasWitnessedMedicine: boolean;
  /** The most pressing medicine that must be on time and is still to give. */
  onTime: DoseView | null;
  nextLaterAt: number | null;
}

export interface RoundView {
  round: Round | null;
  isOpen: boolean;
  isFinished: boolean;
  people: PersonView[];
  left: number;
  peopleLeft: number;
  /** Doses of earlier rounds that nobody answered and that can still be answered. */
  blankEarlier: DoseView[];
  effectChecks: EffectCheck[];
  /** Who started or took over this round on this device, while it is open. */
  openedBy: Id | null;
  openedAt: number | null;
}

export type { PrnView } from "./prn_fold.ts";

export interface World {
  snapshot: Snapshot;
  /** When this snapshot was asked for, on this device's uncorrected clock. */
  fetchedAt: number;
  outbox: OutboxEntry[];
  pot: PotItem[];
  later: Later[];
  /** Corrected time. */
  now: number;
  unitId: Id | null;
  initialsOf: (staffId: Id) => string;
}

const instants = new Map<string, number>();

/** Date.parse, remembered: a fold meets the same thousand texts after every scan. */
export function instantOf(text: string): number {
  let at = instants.get(text);
  if (at === undefined) {
    if (instants.size > 50_000) instants.clear();
    at = Date.parse(text);
    instants.set(text, at);
  }
  return at;
}

export function doseKey(prescriptionId: Id, dueAt: string): string {
  return `${prescriptionId}@${instantOf(dueAt)}`;
}

const homeFormat = new Intl.DateTimeFormat("en-GB", {
  timeZone: HOME_ZONE, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit",
  minute: "2-digit",
});
// A round asks for the same few hundred minutes again after every scan, and formatting is slow on an old tablet.
const clocks = new Map<number, { day: string; minutes: number }>();

/** Day and minute of the day in the home, whatever zone the device thinks it is in. */
export function homeClock(at: number): { day: string; minutes: number } {
  const minute = Math.floor(at / 60_000);
  const known = clocks.get(minute);
  if (known) return known;
  const parts = homeFormat.formatToParts(minute * 60_000);
  const part = (type: string): string => parts.find((each) => each.type === type)!.value;
  const day = `${part("year")}-${part("month")}-${part("day")}`;
  const clock = { day, minutes: Number(part("hour")) * 60 + Number(part("minute")) };
  if (clocks.size > 20_000) clocks.clear();
  clocks.set(minute, clock);
  return clock;
}

function minutesOf(clock: string): number {
  const [hours, minutes] = clock.split(":");
  return Number(hours) * 60 + Number(minutes);
}

/** The events of one kind that the snapshot could not know of yet. */
export function ownEvents<Body>(world: World, kind: string): { body: Body; entry: OutboxEntry }[] {
  return world.outbox
    .filter(({ event }) => event.kind === kind)
    .filter((entry) => !isInSnapshot(entry, world.fetchedAt))
    .map((entry) => ({ body: entry.event.body as Body, entry }));
}

function isInSnapshot(entry: OutboxEntry, fetchedAt: number): boolean {
  if (entry.answer === null || entry.answer === "held" || entry.answer === "refused") return false;
  return entry.answered_at !== null && entry.answered_at < fetchedAt;
}

/** Which round of a unit the clock points to: the one running, else the next to start, else the last of the day. */
export function roundByClock(rounds: Round[], unitId: Id | null, now: number): Round | null {
  const { minutes } = homeClock(now);
  const own = rounds
    .filter((round) => unitId === null || round.unit_id === unitId)
    .sort((a, b) => minutesOf(a.starts) - minutesOf(b.starts));
  const isRunning = (round: Round): boolean => {
    const [starts, ends] = [minutesOf(round.starts) - 30, minutesOf(round.ends) + 30];
    return ends > starts
      ? (minutes >= starts && minutes <= ends) || minutes + 1440 <= ends
      : minutes >= starts || minutes <= ends;
  };
  return own.filter(isRunning).at(-1) ?? own.find((round) => minutesOf(round.starts) > minutes) ?? own.at(-1) ?? null;
}

/** Everything the round list and the person page show. */
export function fold(world: World, round: Round | null): RoundView {
  const doses = allDoses(world);
  const { inRound, blankEarlier } = apart(doses, round, world.now);
  const own = grouped([...inRound, ...blankEarlier], (dose) => dose.resident.id);
  const rest = restOf(world);
  const people = world.snapshot.residents
    .filter((resident) => world.unitId === null || resident.unit_id === world.unitId)
    .map((resident) => personView(world, resident, own.get(resident.id) ?? [], rest));
  people.sort(byUrgencyThenCorridor);
  const open = roundEvents(world, round);
  return {
    round,
    isOpen: open.isOpen,
    isFinished: open.isFinished,
    openedBy: open.by,
    openedAt: open.at,
    people,
    left: people.reduce((total, person) => total + person.left, 0),
    peopleLeft: people.filter((person) => person.left > 0).length,
    blankEarlier,
    effectChecks: effectChecks(world),
  };
}

/** One person, also when the scanned pack's owner has nothing due in this round. */
export function personOf(world: World, round: Round | null, residentId: Id): PersonView | null {
  const resident = world.snapshot.residents.find((each) => each.id === residentId);
  if (!resident) return null;
  const { inRound, blankEarlier } = apart(allDoses(world, residentId), round, world.now);
  return personView(world, resident, [...inRound, ...blankEarlier], restOf(world, residentId));
}

/** What this round is for, and what earlier rounds left blank. */
function apart(doses: DoseView[], round: Round | null, now: number): { inRound: DoseView[]; blankEarlier: DoseView[] } {
  return {
    inRound: doses.filter((dose) => isOfRound(dose, round, now)),
    blankEarlier: doses.filter((dose) => isBlankEarlier(dose, round, now)).map((dose) => ({ ...dose, isEarlier: true })),
  };
}

export function grouped<Row>(rows: Row[], key: (row: Row) => Id): Map<Id, Row[]> {
  const groups = new Map<Id, Row[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group) group.push(row);
    else groups.set(key(row), [row]);
  }
  return groups;
}

/** What people have beside due doses, by resident. */
interface Rest {
  prns: Map<Id, PrnView[]>;
  standing: Map<Id, Prescription[]>;
  patches: Map<Id, PatchView[]>;
}

function restOf(world: World, only: Id | null = null): Rest {
  const active = world.snapshot.prescriptions.filter((line) => line.status === "active" && (only === null || line.resident_id === only));
  const standing = active.filter((line) => line.kind === "standing" || line.inr?.is_current === false || line.problem);
  const patches = active.flatMap((line) => patchOf(world, line) ?? []);
  return {
    prns: whenRequiredOf(world, only), standing: grouped(standing, (line) => line.resident_id),
    patches: grouped(patches, (patch) => patch.prescription.resident_id),
  };
}

function personView(world: World, resident: Resident, doses: DoseView[], rest: Rest): PersonView {
  const open = doses.filter((dose) => dose.state !== "answered");
  const waiting = open.filter((dose) => dose.state === "later").map((dose) => dose.later!);
  const critical = open.filter((dose) => !dose.isEarlier && dose.prescription.time_critical && dose.timing !== "too_early");
  critical.sort((a, b) => instantOf(a.due.due_at) - instantOf(b.due.due_at));
  return {
    resident,
    doses,
    prns: rest.prns.get(resident.id) ?? [],
    standing: rest.standing.get(resident.id) ?? [],
    patches: rest.patches.get(resident.id) ?? [],
    pot: world.pot.filter((item) => item.resident_id === resident.id),
    left: resident.presence === "present" ? open.length : 0,
    hasWitnessedMedicine: open.some((dose) => needsWitness(dose.prescription)),
    onTime: critical[0] ?? null,
    nextLaterAt: waiting.length ? Math.min(...waiting) : null,
  };
}

export function needsWitness(line: Prescription): boolean {
  return line.needs_witness ?? line.medicine.is_cd;
}

function byUrgencyThenCorridor(a: PersonView, b: PersonView): number {
  return (
    Number(a.left === 0) - Number(b.left === 0) ||
    Number(a.onTime === null) - Number(b.onTime === null) ||
    a.resident.corridor_order - b.resident.corridor_order
  );
}

function allDoses(world: World, only: Id | null = null): DoseView[] {
  const prescriptions = new Map(world.snapshot.prescriptions.map((each) => [each.id, each]));
  const residents = new Map(world.snapshot.residents.map((each) => [each.id, each]));
  const own = ownAnswers(world);
  const pot = new Map(world.pot.map((item) => [item.key, item]));
  const later = new Map(world.later.map((item) => [item.key, item.until]));
  const views: DoseView[] = [];
  for (const due of world.snapshot.due) {
    // Three days travel with the snapshot; a round looks at one, and at the night before.
    if (Math.abs(instantOf(due.due_at) - world.now) > DAY_MS * 1.25) continue;
    const prescription = prescriptions.get(due.prescription_id);
    if (only !== null && prescription?.resident_id !== only) continue;
    const resident = prescription && residents.get(prescription.resident_id);
    if (!prescription || !resident || prescription.status !== "active") continue;
    const key = doseKey(due.prescription_id, due.due_at);
    const answered = own.get(key) ?? fromServer(due);
    const item = pot.get(key) ?? null;
    const until = later.get(key) ?? null;
    const state = answered ? "answered" : item ? "in_pot" : until !== null && until > world.now ? "later" : "due";
    views.push({
      key, due, prescription, resident, state, answered, timing: timingOf(due, world.now), pot: item,
      isPotOld: item !== null && world.now - item.at > POT_AGES_MS, later: state === "later" ? until : null, isEarlier: false,
    });
  }
  return views.sort((a, b) => instantOf(a.due.due_at) - instantOf(b.due.due_at));
}

function fromServer(due: DueDose): Taken | null {
  if (!due.answered) return null;
  const { outcome, given_at, by_initials } = due.answered;
  return { outcome, given_at, by: by_initials, is_here: false };
}

/** What this device recorded that the server's snapshot does not show yet, by dose. */
export function ownAnswers(world: World): Map<string, Taken> {
  const own = new Map<string, Taken>();
  for (const { body, entry } of ownEvents<AdministrationBody>(world, "administration")) {
    if (body.due_at === null) continue;
    own.set(doseKey(body.prescription_id, body.due_at), {
      outcome: body.outcome, given_at: body.given_at, by: world.initialsOf(entry.event.staff_id), is_here: true,
    });
  }
  return own;
}

export function timingOf(due: DueDose, now: number): DoseView["timing"] {
  if (now > instantOf(due.closes_at)) return "late";
  if (now >= instantOf(due.opens_at)) return "on_time";
  return now >= instantOf(due.early_from) ? "early" : "too_early";
}

function isOfRound(dose: DoseView, round: Round | null, now: number): boolean {
  if (!round) return false;
  const due = homeClock(instantOf(dose.due.due_at));
  const today = homeClock(now).day;
  if (dose.due.round_id === round.id) return due.day === today || isJustPastMidnight(dose, round, now);
  // Clock-time medicines belong to whatever round is being walked when they fall due.
  if (dose.due.round_id !== null || due.day !== today) return false;
  const [starts, ends] = [minutesOf(round.starts), minutesOf(round.ends)];
  return ends >= starts ? due.minutes >= starts && due.minutes <= ends : due.minutes >= starts || due.minutes <= ends;
}

// A round past midnight belongs to the day it started.
function isJustPastMidnight(dose: DoseView, round: Round, now: number): boolean {
  const ends = minutesOf(round.ends);
  const isNightRound = ends < minutesOf(round.starts);
  const hoursAgo = (now - instantOf(dose.due.due_at)) / 3600_000;
  return isNightRound && homeClock(now).minutes <= ends + 60 && hoursAgo >= 0 && hoursAgo < 12;
}

function isBlankEarlier(dose: DoseView, round: Round | null, now: number): boolean {
  if (dose.state === "answered" || isOfRound(dose, round, now)) return false;
  const due = instantOf(dose.due.due_at);
  return now > instantOf(dose.due.closes_at) && now - due < 18 * 3600_000 && dose.resident.presence === "present";
}

interface Opened {
  isOpen: boolean;
  isFinished: boolean;
  by: Id | null;
  at: number | null;
}

function roundEvents(world: World, round: Round | null): Opened {
  const opened: Opened = { isOpen: false, isFinished: false, by: null, at: null };
  if (!round) return opened;
  const today = homeClock(world.now).day;
  for (const { event } of world.outbox) {
    const body = event.body as RoundBody;
    const isThis = body.round_id === round.id && body.on === today;
    if (event.kind === "round_started" && isThis) {
      Object.assign(opened, { isOpen: true, isFinished: false, by: event.staff_id, at: correctedAt(event) });
    }
    if (event.kind === "round_finished" && isThis) Object.assign(opened, { isOpen: false, isFinished: true, by: null, at: null });
  }
  return opened;
}

function correctedAt(event: OutboxEntry["event"]): number {
  return Date.parse(event.entered_at) + (event.clock_offset_ms ?? 0);
}

/** Creams of today that nobody has put on yet, of the people who are here: for whoever is away from the trolley. */
export function creamsOf(world: World): DoseView[] {
  const today = homeClock(world.now).day;
  return allDoses(world).filter(
    (dose) => isTopical(dose.prescription) && dose.state !== "answered" && dose.resident.presence === "present" &&
      homeClock(instantOf(dose.due.due_at)).day === today && (world.unitId === null || dose.resident.unit_id === world.unitId),
  ).sort((a, b) => a.resident.corridor_order - b.resident.corridor_order);
}

const CREAMS = /\b(cream|ointment|gel|lotion|emollient|shampoo|paste)\b/i;

function isTopical({ is_topical, medicine, kind }: Prescription): boolean {
  return is_topical ?? (kind === "regular" && CREAMS.test(`${medicine.form} ${medicine.name}`) && !/oral|oromucosal|eye/i.test(medicine.name));
}

/** Every own answer by dose, and each when-required medicine of a person by prescription: what a scan is judged against. */
export function foldAll(world: World, only: Id | null = null): { answers: Map<string, Taken>; prns: Map<Id, PrnView> } {
  const prns = [...whenRequiredOf(world, only).values()].flat();
  return { answers: ownAnswers(world), prns: new Map(prns.map((each) => [each.prescription.id, each])) };
}

function effectChecks(world: World): EffectCheck[] {
  const answered = new Set(
    world.outbox.filter(({ event }) => event.kind === "effect_checked")
      .map(({ event }) => (event.body as EffectBody).administration_id),
  );
  const own: EffectCheck[] = ownEvents<AdministrationBody>(world, "administration")
    .filter(({ body }) => body.effect_due_at !== null)
    .map(({ body, entry }) => ({
      administration_id: entry.event.id, resident_id: body.resident_id, prescription_id: body.prescription_id,
      given_at: body.given_at, due_at: body.effect_due_at!,
    }));
  const all = [...(world.snapshot.effect_checks ?? []), ...own];
  return all
    .filter((check, i) => all.findIndex((each) => each.administration_id === check.administration_id) === i)
    .filter((check) => !answered.has(check.administration_id))
    .sort((a, b) => Date.parse(a.due_at) - Date.parse(b.due_at));
}
