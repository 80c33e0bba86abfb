/** Is a scanner told from a person at the keyboard? */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Wedge, type WedgeAnswer } from "../src/wedge.ts";

function type(wedge: Wedge, text: string, gap: number, start = 1000): { answers: WedgeAnswer[]; at: number } {
  let at = start;
  const answers = Array.from(text, (key) => wedge.press({ key, at: (at += gap) }));
  return { answers, at };
}

for (const suffix of ["Enter", "Tab"] as const) {
  test(`a fast run ended by ${suffix} is a scan`, () => {
    const wedge = new Wedge();
    const { at } = type(wedge, "EP7K3MXQ", 12);
    assert.deepEqual(wedge.press({ key: suffix, at: at + 12 }), { kind: "scan", text: "EP7K3MXQ", ended_by: suffix });
  });
}

test("a scanner without a suffix ends with 80 ms of silence, not with 79", () => {
  const wedge = new Wedge();
  const { at } = type(wedge, "5012345678900", 50);
  assert.equal(wedge.silence(at + 79).kind, "ignored");
  assert.deepEqual(wedge.silence(at + 80), { kind: "scan", text: "5012345678900", ended_by: "silence" });
});

test("gaps of 51 ms are a person typing", () => {
  const wedge = new Wedge();
  const { at } = type(wedge, "5012345678900", 51);
  assert.equal(wedge.press({ key: "Enter", at: at + 10 }).kind, "ignored");
});

test("five characters are too few, six are enough", () => {
  for (const [text, kind] of [["12345", "ignored"], ["123456", "scan"]] as const) {
    const wedge = new Wedge();
    const { at } = type(wedge, text, 5);
    assert.equal(wedge.press({ key: "Enter", at: at + 5 }).kind, kind);
  }
});

test("the group separator arrives as Ctrl+], F8 or itself", () => {
  for (const separator of [{ key: "]", ctrlKey: true }, { key: "F8" }, { key: "\u001d" }]) {
    const wedge = new Wedge();
    const { at } = type(wedge, "10ABC", 5);
    wedge.press({ key: "Control", at: at + 4 });
    wedge.press({ ...separator, at: at + 5 });
    const end = type(wedge, "21X", 5, at + 5).at;
    assert.deepEqual(wedge.press({ key: "Enter", at: end + 5 }), { kind: "scan", text: "10ABC\u001d21X", ended_by: "Enter" });
  }
});

test("Shift between characters belongs to the scan, and an arrow key breaks it", () => {
  const wedge = new Wedge();
  let at = 1000;
  for (const key of ["Shift", "E", "Shift", "P", "7", "K", "3", "M", "X", "Q"]) wedge.press({ key, at: (at += 5) });
  assert.equal(wedge.press({ key: "Enter", at: at + 5 }).kind, "scan");
  const broken = type(wedge, "EP7K3MXQ", 5, 5000).at;
  wedge.press({ key: "ArrowLeft", at: broken + 5 });
  assert.equal(wedge.press({ key: "Enter", at: broken + 10 }).kind, "ignored");
});

test("two scans one after another are two scans", () => {
  const wedge = new Wedge();
  for (const [text, start] of [["EP7K3MXQ", 1000], ["EP2ZZZZZ", 1400]] as const) {
    const { at } = type(wedge, text, 5, start);
    assert.deepEqual(wedge.press({ key: "Enter", at: at + 5 }), { kind: "scan", text, ended_by: "Enter" });
  }
});
