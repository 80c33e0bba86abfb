/** What can be wrong, doubtful or worth noting about a dose, and how strongly each stands in the way?
 *
 * The same codes and order as emar/rules/findings.py.
 */

import type { FindingRecord } from "./model.ts";

// The order is the order of showing: what endangers the person first.
const LEVELS = {
  wrong_resident: "stop", allergy: "stop", stopped_medicine: "stop", wrong_medicine: "stop", wrong_strength: "stop",
  quarantined: "stop", expired: "stop", opened_too_long: "stop", in_pot: "stop", already_given: "stop",
  prn_too_soon: "stop", prn_over_maximum: "stop", hold_rule: "stop", too_early: "stop",
  unknown_barcode: "ask", two_packs: "ask", whose_pack: "ask", not_booked_in: "ask", resident_away: "ask",
  reading_first: "ask", early: "ask", not_due: "ask",
  late: "note", tried_before: "note", older_pack_open: "note", low_stock: "note",
} as const;

export type FindingCode = keyof typeof LEVELS;
export type Level = FindingRecord["level"];

const ORDER = Object.keys(LEVELS);
const LEVEL_ORDER: Record<Level, number> = { stop: 0, conflict: 0, ask: 1, note: 2 };

export function finding(code: FindingCode, facts: Record<string, unknown> = {}): FindingRecord {
  return { code, level: LEVELS[code], ...facts };
}

/** As shown: stops, then questions, then notes, each by danger. */
export function inOrder(findings: FindingRecord[]): FindingRecord[] {
  return [...findings].sort(
    (a, b) => LEVEL_ORDER[a.level] - LEVEL_ORDER[b.level] || ORDER.indexOf(a.code) - ORDER.indexOf(b.code),
  );
}
