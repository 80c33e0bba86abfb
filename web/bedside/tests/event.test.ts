/** Are events chained as the server will check them, and are ids made in order? */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { GENESIS, canonical, chain, eventHash, uuid7 } from "../src/event.ts";
import { sha256Hex } from "../src/sha256.ts";

test("SHA-256 agrees with Node's for every length around the block edges", () => {
  for (let length = 0; length < 200; length++) {
    const text = "é€x".repeat(length).slice(0, length);
    assert.equal(sha256Hex(text), createHash("sha256").update(text, "utf8").digest("hex"), `length ${length}`);
  }
});

test("canonical JSON sorts keys, leaves out spaces and refuses fractions", () => {
  assert.equal(canonical({ b: [1, null, true], a: { d: "é\u001d", c: -3 } }), '{"a":{"c":-3,"d":"é\\u001d"},"b":[1,null,true]}');
  assert.equal(canonical({ Z: 1, a: 2, _: 3 }), '{"Z":1,"_":3,"a":2}');
  assert.throws(() => canonical({ amount: 0.5 }), TypeError);
  assert.throws(() => canonical([undefined]), TypeError);
});

test("each event carries the hash of the one before it", () => {
  const act = { kind: "round_started" as const, body: { round_id: 1, on: "2026-11-22", unit_id: 2 }, staff_id: 7 };
  const [first, second] = chain([act, act], { sequence: 4, hash: GENESIS }, 1_700_000_000_000, null);
  assert.ok(first && second);
  assert.equal(first.sequence, 5);
  assert.equal(first.previous_hash, GENESIS);
  assert.equal(second.previous_hash, first.hash);
  assert.equal(eventHash(second), second.hash);
  assert.notEqual(eventHash({ ...second, staff_id: 8 }), second.hash);
});

test("ten thousand ids are version 7, distinct and already sorted", () => {
  const ids = Array.from({ length: 10_000 }, () => uuid7());
  assert.match(ids[0]!, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual([...ids].sort(), ids);
});
