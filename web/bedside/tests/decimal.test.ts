/** Are amounts exact? */
import assert from "node:assert/strict";
import { test } from "node:test";
import { add, choices, compare, decimal, subtract, units } from "../src/decimal.ts";

test("a tenth and two tenths are three tenths", () => {
  assert.equal(add("0.1", "0.2"), "0.3");
  assert.equal(subtract("28", "0.5"), "27.5");
  assert.equal(compare("1.0", "1"), 0);
  assert.ok(compare("10", "9") > 0);
});

test("what is not a plain amount is refused", () => {
  for (const text of ["", "1e3", "NaN", "1,5", "0.00001"]) assert.throws(() => units(text), RangeError, text);
  assert.equal(decimal(units("-2.50")), "-2.5");
});

test("a range offers its ends and whole steps between", () => {
  assert.deepEqual(choices("1", "2"), ["1", "2"]);
  assert.deepEqual(choices("2.5", "5"), ["2.5", "3.5", "4.5", "5"]);
  assert.deepEqual(choices("1", "1"), ["1"]);
});
