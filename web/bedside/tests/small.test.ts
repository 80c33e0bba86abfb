/** Set-up codes, camera frames, scanner set-up, names, times: the small rules. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { amount, day, moment, time } from "../src/format.ts";
import { enrolmentCode } from "../src/enrolment.ts";
import { Agreement } from "../src/frames.ts";
import { before } from "../src/history.ts";
import { medicineWords } from "../src/medicine_words.ts";
import { NOTHING_SEEN, SETUP_LETTERS, SETUP_MESSAGE, isReady, judge } from "../src/scanner_setup.ts";
import { isNight } from "../src/theme.ts";

test("a set-up code is read however it is typed, and out of an address", () => {
  for (const text of ["ABCD-2345", "abcd2345", " ABCD 2345 ", "https://home.example/bedside/#enrol=ABCD-2345"]) {
    assert.equal(enrolmentCode(text), "ABCD-2345", text);
  }
  for (const text of ["", "ABCD-234", "ABCD-23456", "ABCD--2345"]) assert.equal(enrolmentCode(text), null, text);
});

test("bars count when two frames agree, squares at once, two different codes never", () => {
  const bars = { text: "5012345678900", symbology: "EAN13" };
  const agreement = new Agreement();
  assert.equal(agreement.frame([bars], 0), null);
  assert.equal(agreement.frame([{ ...bars, text: "5012345678917" }], 100), null);
  assert.equal(agreement.frame([bars], 200), null);
  assert.deepEqual(agreement.frame([bars], 300), bars);
  const square = { text: "EP7K3MXQ", symbology: "QRCode" };
  assert.deepEqual(new Agreement().frame([square], 0), square);
  assert.equal(new Agreement().frame([square, bars], 0), null);
  const late = new Agreement();
  late.frame([bars], 0);
  assert.equal(late.frame([bars], 5000), null);
});

test("a scanner is ready when letters and separator arrive as they are", () => {
  const letters = judge(NOTHING_SEEN, SETUP_LETTERS, "Enter");
  assert.deepEqual(letters, { layout: "english", separator: null, prefix: null, suffix: "Enter" });
  assert.equal(isReady(letters), false);
  const both = judge(letters, `]d2${SETUP_MESSAGE}`, "silence");
  assert.deepEqual(both, { layout: "english", separator: true, prefix: "]d2", suffix: "silence" });
  assert.equal(isReady(both), true);
  assert.equal(judge(NOTHING_SEEN, SETUP_MESSAGE.replace("\u001d", "<GS>"), "Tab").separator, true);
  const lost = judge(letters, SETUP_MESSAGE.replace("\u001d", ""), "Tab");
  assert.deepEqual([lost.separator, lost.prefix, isReady(lost)], [false, "", false]);
  assert.deepEqual(judge(both, "5012345678900", "Tab"), { ...both, suffix: "Tab" });
});

test("what a scanner types for another keyboard is named", () => {
  const layout = (typed: string) => judge(NOTHING_SEEN, typed, "Enter").layout;
  assert.equal(layout("EMAR\u00dfayqwzAYQWZ\u00a7-0189"), "german");
  assert.equal(layout("E?QR-qwazyQWAZY#!à&_ç"), "french");
  assert.equal(layout("emar-AZQWYazqwy#/0189"), "capitals");
  assert.equal(layout("EMAR-azqwyAZQWY£/0189"), "signs");
  assert.equal(layout("EPJ2AN22"), null);
});

test("a medicine's name is cut where the strength begins, and never shortened", () => {
  const words = (name: string, strength: string, form = "") =>
    medicineWords({ id: 1, name, strength, form, ingredient_ids: [], is_cd: false });
  assert.deepEqual(words("Amlodipine 5mg tablets", "5mg", "tablet"), { bold: "Amlodipine", rest: "5mg tablets" });
  assert.deepEqual(words("Amlodipine", "5 mg", "tablets"), { bold: "Amlodipine", rest: "5 mg · tablets" });
  assert.deepEqual(words("Thick & Easy powder", ""), { bold: "Thick & Easy powder", rest: "" });
  for (const name of ["Co-careldopa 25mg/100mg tablets", "Morphine 10mg/5ml oral solution"]) {
    const { bold, rest } = words(name, name.split(" ")[1]!);
    assert.equal(`${bold} ${rest}`, name);
  }
});

test("times are the home's, and another day is named", () => {
  assert.equal(time("2026-06-22T15:30:00Z"), "16:30");
  assert.equal(day("1938-03-04"), "4 March 1938");
  const now = Date.parse("2026-11-22T09:00:00Z");
  assert.equal(moment("2026-11-22T08:10:00Z", now), "08:10");
  assert.equal(moment("2026-11-21T08:10:00Z", now), "Saturday 08:10");
});

test("one tablet, two tablets, 2.5 ml", () => {
  assert.deepEqual([amount("1", "tablet"), amount("2", "tablet"), amount("2.5", "ml")], ["1 tablet", "2 tablets", "2.5 ml"]);
});

test("night is by the home's clock unless somebody chose", () => {
  assert.equal(isNight("auto", Date.parse("2026-11-22T02:00:00Z")), true);
  assert.equal(isNight("auto", Date.parse("2026-11-22T12:00:00Z")), false);
  assert.equal(isNight("day", Date.parse("2026-11-22T02:00:00Z")), false);
});

test("Back leads to the round, and out of nothing", () => {
  assert.deepEqual(before({ name: "person", residentId: 1 }, true), { name: "list" });
  assert.deepEqual(before({ name: "menu" }, true), { name: "list" });
  assert.deepEqual(before({ name: "menu" }, false), { name: "welcome" });
  assert.equal(before({ name: "start" }, false), null);
  assert.equal(before({ name: "welcome" }, true), null);
});
