import assert from "node:assert/strict";
import { test } from "node:test";

import { Survey, TOLD_EVERY_MS } from "../src/wifi.ts";

const START = Date.parse("2026-11-18T08:00:00Z");
const LATER = START + TOLD_EVERY_MS;

test("what was measured is told once half an hour has passed, and then begins anew", () => {
  const survey = new Survey();
  assert.equal(survey.take(LATER), null);
  survey.note("4", "Oak", 120, START);
  assert.equal(survey.take(LATER - 1), null);
  assert.deepEqual(survey.take(LATER), {
    since: "2026-11-18T08:00:00.000Z", until: "2026-11-18T08:30:00.000Z", offline_seconds: 0, drops: 0,
    rooms: [{ room: "4", unit: "Oak", tries: 1, failed: 0, latency_ms: 120, slowest_ms: 120 }],
  });
  assert.equal(survey.take(LATER + TOLD_EVERY_MS), null);
});

test("rooms are apart, with their median and their slowest answer", () => {
  const survey = new Survey();
  for (const took of [300, 100, 200]) survey.note("4", "Oak", took, START);
  survey.note("5", "Oak", null, START);
  const rooms = survey.take(LATER)?.rooms;
  assert.deepEqual(rooms?.map((each) => [each.room, each.tries, each.failed, each.latency_ms, each.slowest_ms]), [
    ["4", 3, 0, 200, 300], ["5", 1, 1, 0, 0],
  ]);
});

test("a drop is counted once however often it is tried meanwhile, and lasts until an answer", () => {
  const survey = new Survey();
  survey.note("4", "Oak", null, START);
  survey.note("4", "Oak", null, START + 20_000);
  survey.note("4", "Oak", 90, START + 60_000);
  survey.note("4", "Oak", null, START + 80_000);
  survey.note("4", "Oak", 90, START + 90_000);
  const body = survey.take(LATER);
  assert.deepEqual([body?.drops, body?.offline_seconds], [2, 70]);
});

test("a clock that was put back takes nothing away", () => {
  const survey = new Survey();
  survey.note("4", "Oak", null, START);
  survey.note("4", "Oak", 90, START - 60_000);
  assert.equal(survey.take(LATER)?.offline_seconds, 0);
});
