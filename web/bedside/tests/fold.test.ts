/** Does what is shown follow from the snapshot, this device's events, the pot and the time, and from nothing else? */
import assert from "node:assert/strict";
import { test } from "node:test";
import { doseKey, fold, foldAll, homeClock, personOf, roundByClock, type PotItem } from "../src/fold.ts";
import { MINUTE, NINE, bill, due, entries, given, joan, line, prn, snapshot, world } from "./invented.ts";

const EIGHT = NINE - 60 * MINUTE;
const morning = snapshot().rounds[0]!;
const one = due(10, EIGHT);

function potItem(key: string, at: number): PotItem {
  return {
    key, resident_id: 1, prescription_id: 10, due_at: one.due_at, amount: "1", pack_id: null, at, findings: [], note: null, event_id: "e", witness: null,
    scan: { how: "wedge", text: "EP234567", by_hand_reason: null },
  };
}

test("a due dose counts until this device has recorded it", () => {
  const home = snapshot({ prescriptions: [line(10)], due: [one] });
  assert.equal(fold(world({ snapshot: home }), morning).left, 1);
  const after = fold(world({ snapshot: home, outbox: entries([given(10, one.due_at)]) }), morning);
  assert.equal(after.left, 0);
  const dose = after.people.flatMap((person) => person.doses)[0]!;
  assert.deepEqual([dose.state, dose.answered?.outcome, dose.answered?.is_here], ["answered", "given", true]);
});

test("what the server had taken in before the snapshot is the server's word: a correction there shows here", () => {
  const home = snapshot({ prescriptions: [line(10)], due: [one] });
  const taken = entries([given(10, one.due_at)], { answer: "recorded", answered_at: NINE - 20 * MINUTE });
  assert.equal(fold(world({ snapshot: home, outbox: taken, fetchedAt: NINE - 10 * MINUTE }), morning).left, 1);
  assert.equal(fold(world({ snapshot: home, outbox: taken, fetchedAt: NINE - 30 * MINUTE }), morning).left, 0);
});

test("what the server holds or refused still happened here", () => {
  const home = snapshot({ prescriptions: [line(10)], due: [one] });
  for (const answer of ["held", "refused"] as const) {
    const outbox = entries([given(10, one.due_at)], { answer, answered_at: NINE - 20 * MINUTE });
    assert.equal(fold(world({ snapshot: home, outbox }), morning).left, 0, answer);
  }
});

test("a dose in the pot is still left to give, and is old after ten minutes", () => {
  const home = snapshot({ prescriptions: [line(10)], due: [one] });
  const key = doseKey(10, one.due_at);
  const fresh = fold(world({ snapshot: home, pot: [potItem(key, NINE - 10 * MINUTE)] }), morning);
  assert.deepEqual([fresh.left, fresh.people.find((p) => p.resident.id === 1)!.doses[0]!.isPotOld], [1, false]);
  const old = fold(world({ snapshot: home, pot: [potItem(key, NINE - 10 * MINUTE - 1)] }), morning);
  assert.equal(old.people.find((p) => p.resident.id === 1)!.doses[0]!.isPotOld, true);
});

test("try again in 15 minutes comes back by itself", () => {
  const home = snapshot({ prescriptions: [line(10)], due: [one] });
  const later = [{ key: doseKey(10, one.due_at), until: NINE + 1 }];
  const state = (now: number) => personOf(world({ snapshot: home, later, now }), morning, 1)!.doses[0]!.state;
  assert.equal(state(NINE), "later");
  assert.equal(state(NINE + 1), "due");
});

test("people with on-time medicines come first, then corridor order, done last", () => {
  const critical = line(11, { time_critical: true });
  const bills = line(12, { resident_id: 2 });
  const third = { ...joan, id: 3, corridor_order: 0 };
  const home = snapshot({
    residents: [bill, joan, third], prescriptions: [critical, bills], due: [due(11, NINE), due(12, EIGHT)],
  });
  const order = fold(world({ snapshot: home }), morning).people.map((person) => person.resident.id);
  assert.deepEqual(order, [1, 2, 3]);
});

test("a clock-time dose belongs to the round that is being walked when it falls due", () => {
  const loose = (at: string) => due(10, Date.parse(at), { round_id: null });
  const home = snapshot({ prescriptions: [line(10)], due: [loose("2026-11-22T09:30:00Z"), loose("2026-11-22T15:00:00Z")] });
  assert.equal(fold(world({ snapshot: home }), morning).left, 1);
});

test("a dose of tomorrow's morning round is not in today's", () => {
  const home = snapshot({ prescriptions: [line(10)], due: [due(10, EIGHT + 24 * 60 * MINUTE)] });
  assert.equal(fold(world({ snapshot: home }), morning).left, 0);
});

test("a night round past midnight still shows the doses of the evening it began", () => {
  const night = { id: 2, unit_id: 1, name: "Night", starts: "22:00", ends: "01:00" };
  const home = snapshot({ rounds: [night], prescriptions: [line(10)], due: [due(10, Date.parse("2026-11-22T22:30:00Z"), { round_id: 2 })] });
  const at = (time: string) => fold(world({ snapshot: home, now: Date.parse(time) }), night);
  assert.deepEqual([at("2026-11-23T00:20:00Z").left, at("2026-11-23T00:20:00Z").blankEarlier.length], [1, 0]);
  assert.deepEqual([at("2026-11-23T12:00:00Z").left, at("2026-11-23T12:00:00Z").blankEarlier.length], [1, 1]);
});

test("doses of people away are not left to give", () => {
  const home = snapshot({ residents: [{ ...joan, presence: "in_hospital" }], prescriptions: [line(10)], due: [one] });
  assert.equal(fold(world({ snapshot: home }), morning).left, 0);
});

test("what earlier rounds left blank is listed, and answered ones are not", () => {
  const early = due(10, NINE - 6 * 60 * MINUTE, { round_id: 9 });
  const home = snapshot({ prescriptions: [line(10)], due: [early] });
  assert.equal(fold(world({ snapshot: home }), morning).blankEarlier.length, 1);
  const outbox = entries([given(10, early.due_at)]);
  assert.equal(fold(world({ snapshot: home, outbox }), morning).blankEarlier.length, 0);
});

test("the round is picked by the clock, in the home's own time", () => {
  const rounds = [morning, { id: 2, unit_id: 1, name: "Tea", starts: "16:30", ends: "18:00" }];
  const at = (time: string) => roundByClock(rounds, 1, Date.parse(time))?.name;
  assert.equal(at("2026-11-22T08:10:00Z"), "Morning");
  assert.equal(at("2026-11-22T12:00:00Z"), "Tea");
  assert.equal(at("2026-11-22T23:30:00Z"), "Tea");
  // 07:40 UTC in summer is 08:40 in London.
  assert.equal(at("2026-06-22T07:40:00Z"), "Morning");
  assert.deepEqual(homeClock(Date.parse("2026-06-22T23:30:00Z")), { day: "2026-06-23", minutes: 30 });
});

test("a when-required medicine closes for its gap after a dose given here, and opens on the minute", () => {
  const home = snapshot({ prescriptions: [line(20, { kind: "when_required", prn: prn() })] });
  const outbox = entries([given(20, null, { amount: "2" })]);
  const at = (now: number) => foldAll(world({ snapshot: home, outbox, now })).prns.get(20)!;
  assert.deepEqual([at(NINE).opensAt, at(NINE).blockedBy, at(NINE).given24h], [NINE + 240 * MINUTE, "prn_too_soon", "2"]);
  assert.equal(at(NINE + 240 * MINUTE).opensAt, null);
});

test("the same ingredient in another product counts", () => {
  const other = line(21, { medicine: { ...line(21).medicine, ingredient_ids: [20, 99] } });
  const home = snapshot({ prescriptions: [line(20, { kind: "when_required", prn: prn() }), other], due: [] });
  const outbox = entries([given(21, null)]);
  assert.equal(foldAll(world({ snapshot: home, outbox })).prns.get(20)!.blockedBy, "prn_too_soon");
});

test("at the most for 24 hours it opens when the oldest dose falls out", () => {
  const history = [20, 14, 9, 5].map((hours) => ({ given_at: new Date(NINE - hours * 60 * MINUTE).toISOString(), amount: "2", prescription_id: 20 }));
  const full = prn({ given_24h: "8", history, last_given_at: history[3]!.given_at });
  const view = foldAll(world({ snapshot: snapshot({ prescriptions: [line(20, { kind: "when_required", prn: full })] }) })).prns.get(20)!;
  assert.deepEqual([view.blockedBy, view.opensAt], ["prn_over_maximum", NINE + 4 * 60 * MINUTE]);
});

test("the server's own opening time is never undercut", () => {
  const next = new Date(NINE + 30 * MINUTE).toISOString();
  const home = snapshot({ prescriptions: [line(20, { kind: "when_required", prn: prn({ next_allowed_at: next }) })] });
  assert.equal(foldAll(world({ snapshot: home })).prns.get(20)!.opensAt, NINE + 30 * MINUTE);
});

test("an effect check comes up until somebody has answered it", () => {
  const home = snapshot({ prescriptions: [line(20, { kind: "when_required", prn: prn() })] });
  const outbox = entries([given(20, null, { effect_due_at: new Date(NINE + 60 * MINUTE).toISOString() })]);
  assert.equal(fold(world({ snapshot: home, outbox }), morning).effectChecks.length, 1);
  const answer = { administration_id: outbox[0]!.event.id, resident_id: 1, prescription_id: 20, effect: "worked" as const, note: null, checked_at: null };
  const both = [...outbox, ...entries([{ kind: "effect_checked", body: answer, staff_id: 7 }])];
  assert.equal(fold(world({ snapshot: home, outbox: both }), morning).effectChecks.length, 0);
});

test("folding a home of forty for a round stays quick enough for an old tablet", () => {
  const residents = Array.from({ length: 40 }, (_, i) => ({ ...joan, id: i + 1, corridor_order: i }));
  const prescriptions = Array.from({ length: 320 }, (_, i) => line(1000 + i, { resident_id: (i % 40) + 1 }));
  const dues = prescriptions.flatMap((each) => [0, 1, 2, 3].map((n) => due(each.id as number, EIGHT + n * 24 * 60 * MINUTE)));
  const big = world({ snapshot: snapshot({ residents, prescriptions, due: dues }) });
  fold(big, morning);
  // The best of several: what else the machine is doing is not the fold's doing.
  const times = Array.from({ length: 12 }, () => {
    const start = performance.now();
    fold(big, morning);
    return performance.now() - start;
  });
  // A tablet at a quarter of this speed has 100 ms from scan to paint; folding may take a small part of it.
  assert.ok(Math.min(...times) < 20, `${Math.min(...times)} ms`);
});

test("yesterday's blank dose stands under left blank earlier, and the dose due now comes first", () => {
  const blank = due(10, NINE - 13 * 60 * MINUTE, { round_id: 9 });
  const person = (more = {}) => personOf(world({ snapshot: snapshot({ prescriptions: [line(10)], due: [blank, one] }), ...more }), morning, 1)!;
  assert.deepEqual(person().doses.map((dose) => [dose.due.due_at, dose.isEarlier]), [[one.due_at, false], [blank.due_at, true]]);
  assert.equal(person().left, 2, "the blank one must still be answered");
  const after = person({ outbox: entries([given(10, one.due_at)]) });
  assert.deepEqual(after.doses.map((dose) => [dose.state, dose.isEarlier]), [["answered", false], ["due", true]]);
  assert.equal(after.left, 1);
  const both = person({ outbox: entries([given(10, one.due_at), given(10, blank.due_at, { outcome: "refused" })]) });
  assert.equal(both.left, 0);
});

test("a medicine that had to be on time yesterday does not put its resident first today", () => {
  const blank = due(10, NINE - 13 * 60 * MINUTE, { round_id: 9 });
  const home = snapshot({ prescriptions: [line(10, { time_critical: true })], due: [blank] });
  assert.equal(personOf(world({ snapshot: home }), morning, 1)!.onTime, null);
});
