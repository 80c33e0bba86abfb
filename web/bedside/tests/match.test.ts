/** Does the device match a scan as the shared vectors say the server does? */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { homeClock } from "../src/fold.ts";
import { matchScan } from "../src/match.ts";

const folder = "../../tests/vectors/matching";
for (const file of readdirSync(folder).filter((name) => name.endsWith(".json"))) {
  const { snapshot, cases } = JSON.parse(readFileSync(`${folder}/${file}`, "utf8"));
  for (const each of cases) {
    test(`${file}: ${each.name}`, () => {
      const now = Date.parse(each.now);
      const match = matchScan({ reason: null, ...each.scan }, {
        snapshot: filledIn(snapshot), now, today: homeClock(now).day, openResidentId: each.open_resident_id,
        readings: each.readings,
        pot: each.pot.map((item: { at: string }) => ({ ...item, at: Date.parse(item.at) })),
      });
      assert.deepEqual(match, each.expected);
    });
  }
}

// The vectors leave out what matching may find missing; the real snapshot always has these keys.
function filledIn(snapshot: Record<string, Record<string, unknown>[]>) {
  const pack = { label_code: null, gtin: null, serial: null, batch: null, expires_on: null, opened_on: null, use_by: null, resident_id: null, status: "in_use" };
  return {
    residents: (snapshot.residents ?? []).map((row) => ({ presence: "present", allergies: [], ...row })),
    prescriptions: (snapshot.prescriptions ?? []).map((row) => ({ status: "active", acceptable_gtins: [], ...row })),
    due: (snapshot.due ?? []).map((row) => ({ answered: null, ...row })),
    packs: (snapshot.packs ?? []).map((row) => ({ ...pack, ...row })),
    codes: snapshot.codes ?? [],
  } as never;
}
