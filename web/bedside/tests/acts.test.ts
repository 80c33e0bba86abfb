/** What is asked, one thing at a time, before a dose goes in the pot, and what goes in with it? */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { advance, newDraft, takePart, takeReading } from "../src/acts.ts";
import type { DueDose, Prescription } from "../src/model.ts";
import { isQuiet } from "../src/update.ts";
import * as state from "../src/state.ts";
import { DEFAULT_SETTINGS } from "../src/store.ts";
import { due, line, NINE, snapshot } from "./invented.ts";

Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
const scan = { how: "wedge" as const, text: "EP234567", by_hand_reason: null };

beforeEach(() => {
  // In practice nothing is written to disk, which this test has none of.
  state.isPractice.value = true;
  state.session.value = { staff: snapshot().staff[0]! } as never;
  state.work.value = state.EMPTY_WORK;
  state.overlay.value = null;
  state.known.value = { snapshot: snapshot(), fetchedAt: NINE };
});

function draft(more: Partial<Prescription> = {}, dose: Partial<DueDose> = {}) {
  return newDraft(line(1, more), { scan }, due(1, NINE, dose));
}

const SCALE = {
  reading: "blood_glucose",
  steps: [
    { at_least: null, below: "4", low: null, high: null, words: "Give none. Ring the nurse." },
    { at_least: "4", below: "10", low: "4", high: "4" }, { at_least: "10", below: null, low: "8", high: "8" },
  ],
};

test("the reading comes first, and the amount follows from it", () => {
  const insulin = draft({}, { low: "0", high: "8", needs_reading: "blood_glucose", scale: SCALE });
  advance(insulin);
  assert.equal(state.overlay.value?.name, "dose_reading");
  takeReading(insulin, "blood_glucose", "10");
  assert.deepEqual([state.overlay.value, state.work.value.pot[0]!.amount, state.work.value.pot[0]!.reading], [null, "8", { blood_glucose: "10" }]);
});

test("a reading for which the scale gives nothing holds the dose, with the prescriber's words", () => {
  takeReading(draft({}, { low: "0", high: "8", scale: SCALE }), "blood_glucose", "3.9");
  const over = state.overlay.value;
  assert.ok(over?.name === "stop");
  assert.deepEqual([over.match.findings[0]!.code, over.match.findings[0]!["words"]], ["hold_rule", "Give none. Ring the nurse."]);
  assert.equal(state.work.value.pot.length, 0);
});

test("each strength of a mixed dose is asked for, and the dose is in the pot only with all of them", () => {
  const parts = [{ strength: "3", count: "2" }, { strength: "1", count: "1" }];
  const warfarin = draft({}, { low: "7", high: "7", parts });
  takePart(warfarin, { ...parts[0]!, pack_id: "a", scan_text: "EPAAAAAA" });
  assert.equal(state.overlay.value?.name, "parts");
  assert.equal(state.work.value.pot.length, 0);
  takePart(warfarin, { ...parts[1]!, pack_id: "b", scan_text: "EPBBBBBB" });
  const [item] = state.work.value.pot;
  assert.deepEqual([item!.amount, item!.parts!.map((part) => part.pack_id), item!.pack_id], ["7", ["a", "b"], "a"]);
});

test("a patch asks where, and taking one off asks nothing", () => {
  const patch = { is_worn: true, every_minutes: 4320, worn_minutes: 4320, sites: ["left arm", "right arm"], next_site: "right arm", last_site: "left arm", put_on_at: null, check_times: [], last_check: null, is_off: false };
  advance(draft({ patch }, { event: "put_on" }));
  assert.equal(state.overlay.value?.name, "site");
  advance({ ...draft({ patch }, { event: "put_on" }), site: "right arm" });
  assert.equal(state.work.value.pot[0]!.site, "right arm");
  advance(draft({ patch, needs_witness: true }, { event: "take_off", low: "0", high: "0" }));
  assert.equal(state.overlay.value, null);
});

test("a controlled drug waits for a witness, or for the reason why there is none", () => {
  advance(draft({ needs_witness: true }));
  assert.equal(state.overlay.value?.name, "witness");
  advance({ ...draft({ needs_witness: true }), no_witness_reason: "alone at night" });
  assert.equal(state.work.value.pot[0]!.no_witness_reason, "alone at night");
});

test("a round that is open on a signed-out device holds an update back, for half a day at most", () => {
  [state.screen.value, state.session.value, state.outbox.value] = [{ name: "start" }, null, []];
  const quiet = (hours: number | null) => {
    state.settings.value = { ...DEFAULT_SETTINGS, round_open_since: hours === null ? null : Date.now() - hours * 3600_000 };
    return isQuiet();
  };
  assert.deepEqual([quiet(1), quiet(13), quiet(null)], [false, true, true]);
});
