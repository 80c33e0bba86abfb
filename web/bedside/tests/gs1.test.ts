/** Does the TypeScript reader give what the shared vectors say the Python reader gives? */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { readScan } from "../src/gs1.ts";

const folder = "../../tests/vectors/gs1";
for (const file of readdirSync(folder).filter((name) => name.endsWith(".json"))) {
  const { today, cases } = JSON.parse(readFileSync(`${folder}/${file}`, "utf8"));
  test(`${file}: ${cases.length} scans read as in Python`, () => {
    assert.ok(cases.length > 0);
    for (const { name, text, symbology, separators_kept, value } of cases) {
      const read = readScan(text, { today, symbology, separatorsKept: separators_kept });
      assert.deepEqual(read, value, `${name}: ${text}`);
    }
  });
}
