/** Which due dose is a scanned pack for, when its prescription has several or none?
 *
 * The same choice as emar/rules/dose_choice.py. Late is never blocked; but once a later dose has been given
 * or put in the pot, the earlier one has been overtaken and giving it would double. So would today's dose minutes
 * after yesterday's forgotten one.
 */

import { finding } from "./findings.ts";
import { GIVEN } from "./outcomes.ts";
import type { DueDose, FindingRecord } from "./model.ts";

export interface DoseChoice {
  slot: DueDose | null;
  findings: FindingRecord[];
}

/** Two doses of one prescription closer than this are one dose given twice, whatever their due times say. */
const JUST_NOW_MS = 30 * 60_000;
const RANKS = ["late", "early", "in_pot", "already_given", "too_early", "not_due"];

/** How well this prescription explains the scan, lowest best: on time, late, early, taken, not due. */
export function rank(choice: DoseChoice): number {
  const place = RANKS.findIndex((code) => choice.findings.some((each) => each.code === code));
  return place + 1;
}

/** An instant as findings write it: whole seconds, UTC. */
export function instant(at: number): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, "Z");
}

const dueAt = (slot: DueDose): number => Date.parse(slot.due_at);

/** `slots` in order of time; `inPot` the due times already in the pot, each with when it went in, in milliseconds. */
export function chooseDose(slots: DueDose[], inPot: ReadonlyMap<number, number>, now: number): DoseChoice {
  const choice = chosen(slots, inPot, now);
  if (choice.slot === null) return choice;
  for (const other of [...slots].reverse()) {
    const takenAt = inPot.get(dueAt(other)) ?? givenAt(other);
    if (other !== choice.slot && takenAt !== null && Math.abs(now - takenAt) < tooClose(choice.slot, other)) {
      return { slot: null, findings: [takenFinding(other, inPot.has(dueAt(other)))] };
    }
  }
  return choice;
}

function givenAt(slot: DueDose): number | null {
  return slot.answered !== null && GIVEN.has(slot.answered.outcome) ? Date.parse(slot.answered.given_at) : null;
}

// Drops every half hour are meant to be close.
function tooClose(one: DueDose, other: DueDose): number {
  return Math.min(JUST_NOW_MS, Math.abs(dueAt(one) - dueAt(other)) / 2);
}

function chosen(slots: DueDose[], inPot: ReadonlyMap<number, number>, now: number): DoseChoice {
  const isTaken = (slot: DueDose): boolean =>
    inPot.has(dueAt(slot)) || (slot.answered !== null && GIVEN.has(slot.answered.outcome));
  const overtaken = Math.max(...slots.filter(isTaken).map(dueAt), Number.NEGATIVE_INFINITY);
  const open = slots.filter((slot) => dueAt(slot) > overtaken);
  const onTime = open.find((slot) => Date.parse(slot.opens_at) <= now && now <= Date.parse(slot.closes_at));
  if (onTime) return { slot: onTime, findings: tried(onTime) };
  const past = open.filter((slot) => Date.parse(slot.closes_at) < now).at(-1);
  if (past) {
    const late = finding("late", { closes_at: instant(Date.parse(past.closes_at)) });
    return { slot: past, findings: [...tried(past), late] };
  }
  const ahead = open.find((slot) => Date.parse(slot.opens_at) > now);
  if (ahead && Date.parse(ahead.early_from) <= now) {
    const early = finding("early", { opens_at: instant(Date.parse(ahead.opens_at)) });
    return { slot: ahead, findings: [...tried(ahead), early] };
  }
  const taken = slots.find((slot) => dueAt(slot) === overtaken);
  const isMeant =
    taken && (!ahead || now <= Date.parse(taken.closes_at) || now - dueAt(taken) <= dueAt(ahead) - now);
  if (taken && isMeant) return { slot: null, findings: [takenFinding(taken, inPot.has(dueAt(taken)))] };
  if (ahead) {
    return { slot: null, findings: [finding("too_early", { early_from: instant(Date.parse(ahead.early_from)) })] };
  }
  return { slot: null, findings: [finding("not_due")] };
}

function takenFinding(slot: DueDose, isInPot: boolean): FindingRecord {
  if (isInPot) return finding("in_pot");
  const at = slot.answered?.given_at;
  return finding("already_given", { given_at: at ? instant(Date.parse(at)) : null });
}

function tried(slot: DueDose): FindingRecord[] {
  return slot.answered === null ? [] : [finding("tried_before", { outcome: slot.answered.outcome })];
}
