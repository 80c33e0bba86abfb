/** What follows for a patch, a when-required medicine, a cream and a forgotten dose from what was recorded here? */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { times } from "../src/decimal.ts";
import { creamsOf, fold, foldAll, personOf } from "../src/fold.ts";
import { matchByHand } from "../src/match.ts";
import { catalogue } from "../src/messages.ts";
import { laterCatalogue } from "../src/messages_later.ts";
import type { PatchBody, Prescription } from "../src/model.ts";
import { patchOf } from "../src/patch_fold.ts";
import { onClock } from "../src/screens/dose_questions.tsx";
import { MINUTE, NINE, bill, due, entries, given, joan, line, prn, snapshot, world } from "./invented.ts";

const EIGHT = NINE - 60 * MINUTE;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const iso = (at: number): string => new Date(at).toISOString();
const morning = snapshot().rounds[0]!;

function patched(more: Partial<NonNullable<Prescription["patch"]>> = {}): Prescription {
  return line(30, {
    patch: {
      is_worn: true, every_minutes: 4320, worn_minutes: 4320, sites: ["left arm", "right arm", "chest"], next_site: "right arm",
      last_site: "left arm", put_on_at: iso(NINE - 30 * HOUR), check_times: [iso(EIGHT), iso(EIGHT + DAY)], last_check: null, is_off: false, ...more,
    },
  });
}

function patchChecked(found: PatchBody["found"], at = NINE) {
  const body: PatchBody = { resident_id: 1, prescription_id: 30, found, site: null, note: null, checked_at: iso(at) };
  return { kind: "patch_checked" as const, staff_id: 7, body };
}

test("a patch that is worn is looked at once a day, and not again once somebody looked", () => {
  const home = snapshot({ prescriptions: [patched()] });
  assert.equal(patchOf(world({ snapshot: home }), patched())!.checkDueAt, EIGHT);
  const after = patchOf(world({ snapshot: home, outbox: entries([patchChecked("in_place")]) }), patched())!;
  assert.deepEqual([after.checkDueAt, after.lastFound, after.isOff], [null, "in_place", false]);
});

test("a patch that fell off is off until a new one is put on, at a site of its own", () => {
  const home = snapshot({ prescriptions: [patched()] });
  const off = patchOf(world({ snapshot: home, outbox: entries([patchChecked("fallen_off", NINE - MINUTE)]) }), patched())!;
  assert.deepEqual([off.isWorn, off.isOff, off.checkDueAt], [false, true, null]);
  const again = given(30, null, { site: "right arm" });
  const on = patchOf(world({ snapshot: home, outbox: entries([patchChecked("fallen_off", NINE - MINUTE), again]) }), patched())!;
  assert.deepEqual([on.isWorn, on.isOff, on.site, on.nextSite, on.putOnAt], [true, false, "right arm", "chest", NINE]);
});

test("taking a patch off ends its wearing, and its checks", () => {
  const takeOff = due(30, EIGHT, { event: "take_off", low: "0", high: "0" });
  const home = snapshot({ prescriptions: [patched()], due: [takeOff] });
  const view = patchOf(world({ snapshot: home, outbox: entries([given(30, takeOff.due_at, { amount: "0" })]) }), patched())!;
  assert.deepEqual([view.isWorn, view.checkDueAt], [false, null]);
});

const PARACETAMOL = { ingredient_id: "p", name: "Paracetamol", max_mg_24h: "4000", given_mg_24h: "3000", min_gap_minutes: 240 };
const limited = (id: number, mg: string): Partial<Prescription> => ({
  limited: [{ ingredient_id: "p", mg_per_unit: mg }], medicine: { ...line(id).medicine, ingredient_ids: ["p"] },
});

test("another product counts in milligrams of what is limited, never as tablets of this one", () => {
  const tablets = line(40, { ...limited(40, "500"), kind: "when_required", prn: prn({ history: [], limited_ingredients: [PARACETAMOL] }) });
  const soluble = line(41, limited(41, "500"));
  const home = snapshot({ prescriptions: [tablets, soluble] });
  const long = NINE + 5 * HOUR;
  const view = (amount: string) =>
    foldAll(world({ snapshot: home, outbox: entries([given(41, null, { amount })]), now: long })).prns.get(40)!;
  assert.deepEqual([view("1").given24h, view("1").limits[0]!.given_mg_24h, view("1").blockedBy], ["0", "3500", null]);
  assert.deepEqual([view("2").limits[0]!.given_mg_24h, view("2").blockedBy, view("2").opensAt], ["4000", "prn_over_maximum", NINE + DAY]);
  assert.equal(view("2").others.length, 1);
  assert.equal(times("2", "0.5"), "1");
});

test("the most doses in 24 hours closes it too, until the oldest of them falls out", () => {
  const history = [20, 10].map((hours) => ({ given_at: iso(NINE - hours * HOUR), amount: "1", prescription_id: 40 }));
  const twice = line(40, { kind: "when_required", prn: prn({ history, max_doses_24h: 2 }) });
  const view = foldAll(world({ snapshot: snapshot({ prescriptions: [twice] }) })).prns.get(40)!;
  assert.deepEqual([view.blockedBy, view.opensAt], ["prn_over_maximum", NINE + 4 * HOUR]);
});

test("a dose given here asks how it worked only where the protocol says when", () => {
  const home = snapshot({ prescriptions: [line(20, { kind: "when_required", prn: prn() })] });
  const checks = (effect_due_at: string | null) =>
    fold(world({ snapshot: home, outbox: entries([given(20, null, { effect_due_at })]) }), morning).effectChecks.length;
  assert.deepEqual([checks(null), checks(iso(NINE + HOUR))], [0, 1]);
});

test("a round that a colleague started here is known by who did", () => {
  const started = { kind: "round_started" as const, staff_id: 9, body: { round_id: 1, on: "2026-11-22", unit_id: 1, taken_over_from: 7 } };
  const view = fold(world({ outbox: entries([started]) }), morning);
  assert.deepEqual([view.isOpen, view.openedBy, view.openedAt], [true, 9, NINE]);
});

test("creams of today of the people here, and nothing else, are on the quick list", () => {
  const cream = (id: number, more: Partial<Prescription> = {}) => line(id, { is_topical: true, ...more });
  const away = { ...bill, presence: "in_hospital" as const };
  const home = snapshot({
    residents: [joan, away], prescriptions: [cream(50), cream(51, { resident_id: 2 }), line(52)],
    due: [due(50, NINE + 3 * HOUR), due(50, NINE + DAY), due(51, NINE), due(52, NINE)],
  });
  assert.deepEqual(creamsOf(world({ snapshot: home })).map((dose) => dose.due.due_at), [iso(NINE + 3 * HOUR)]);
  const done = entries([given(50, iso(NINE + 3 * HOUR))]);
  assert.equal(creamsOf(world({ snapshot: home, outbox: done })).length, 0);
});

test("thickener and warfarin without an INR stand on the page and are never due", () => {
  const thickener = line(60, { kind: "standing", standing: { iddsi_level: 2, words: "Thicken every drink" } });
  const warfarin = line(61, { inr: { is_current: false, inr: null, tested_on: null, until_on: null, ask: "Ring the clinic" } });
  const person = personOf(world({ snapshot: snapshot({ prescriptions: [thickener, warfarin, line(62)] }) }), morning, 1)!;
  assert.deepEqual(person.standing.map((each) => each.id), [60, 61]);
  assert.equal(person.left, 0);
});

const bedside = (home: ReturnType<typeof snapshot>, now = NINE, pot: { prescription_id: number; due_at: string; at: number }[] = []) =>
  ({ snapshot: home, now, today: "2026-11-22", openResidentId: 1, pot, readings: {} });

test("by hand as by scan: today's dose does not follow yesterday's forgotten one within minutes", () => {
  const yesterday = due(10, EIGHT - DAY);
  const today = due(10, EIGHT);
  const home = snapshot({ prescriptions: [line(10)], due: [yesterday, today] });
  const inPot = [{ prescription_id: 10, due_at: yesterday.due_at, at: NINE - 5 * MINUTE }];
  assert.equal(matchByHand(line(10), today, bedside(home, NINE, inPot)).findings[0]!.code, "in_pot");
  const taken = { ...yesterday, answered: { administration_id: "a", outcome: "given", given_at: iso(NINE - 5 * MINUTE), by_initials: "AN" } };
  const after = snapshot({ prescriptions: [line(10)], due: [taken, today] });
  const match = matchByHand(line(10), after.due[1]!, bedside(after));
  assert.deepEqual([match.result, match.findings[0]!.code], ["stopped", "already_given"]);
  const recorded = { ...taken, answered: { ...taken.answered, given_at: iso(EIGHT - DAY) } };
  const late = snapshot({ prescriptions: [line(10)], due: [recorded, today] });
  assert.equal(matchByHand(line(10), late.due[1]!, bedside(late)).result, "in_pot", "given yesterday, only recorded late");
});

test("a time typed is the home's, today or yesterday, on both sides of a clock change", () => {
  assert.equal(onClock("08:15", NINE, false), Date.parse("2026-11-22T08:15:00Z"));
  assert.equal(onClock("08:15", NINE, true), Date.parse("2026-11-21T08:15:00Z"));
  assert.equal(onClock("08:15", Date.parse("2026-06-22T09:00:00Z"), false), Date.parse("2026-06-22T07:15:00Z"));
  // The clocks went back at 01:00 UTC on 25 October: that evening it is winter time.
  assert.equal(onClock("00:30", Date.parse("2026-10-25T09:00:00Z"), false), Date.parse("2026-10-24T23:30:00Z"));
  assert.equal(onClock("20:00", Date.parse("2026-10-25T09:00:00Z"), true), Date.parse("2026-10-24T19:00:00Z"));
  for (const wrong of ["", "8:15", "24:00", "08:60"]) assert.equal(onClock(wrong, NINE, false), null, wrong);
});

test("every finding the server can answer with has words", () => {
  const python = readFileSync("../../emar/rules/findings.py", "utf8");
  const codes = [...python.matchAll(/^ {4}"(\w+)": "(?:stop|ask|note|conflict)"/gm)].map((found) => found[1]!);
  assert.ok(codes.length > 40, String(codes.length));
  for (const language of Object.values(laterCatalogue)) {
    for (const code of [...codes, "unwitnessed", "witness_unproven", "witness_is_giver", "balance_differs"]) {
      assert.ok(language.findings[code], `no words for ${code}`);
    }
  }
});

test("no screen has words of its own: all of them are in the catalogue", () => {
  const found: string[] = [];
  for (const file of readdirSync("src/screens").map((name) => `src/screens/${name}`).concat("src/app.tsx")) {
    const text = readFileSync(file, "utf8");
    for (const match of text.matchAll(/>\s*([A-Za-z][A-Za-z’' ,.]{3,})\s*</g)) if (!/=>|\bconst\b|\breturn\b/.test(match[0])) found.push(`${file}: ${match[1]}`);
    for (const match of text.matchAll(/(?:aria-label|alt|title|placeholder|label)="([A-Za-z][^"]*)"/g)) found.push(`${file}: ${match[1]}`);
  }
  assert.deepEqual(found, []);
});

test("another language is an object of the same shape in both halves of the catalogue", () => {
  const shape = (of: object): string[] => Object.keys(of).sort();
  for (const each of Object.values(catalogue)) assert.deepEqual(shape(each), shape(catalogue["en"]!));
  for (const each of Object.values(laterCatalogue)) assert.deepEqual(shape(each), shape(laterCatalogue["en"]!));
  assert.deepEqual(Object.keys(catalogue), Object.keys(laterCatalogue));
});
