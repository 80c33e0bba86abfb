/** Do TypeScript and Python read the same damaged scans alike? Reads lines of tests.rules.gs1_mutations.
 *
 *   python -m tests.rules.gs1_mutations --count 100000 --seed 1 | node web/bedside/.out/mutations.mjs
 */
import { createInterface } from "node:readline";
import { readScan } from "../src/gs1.ts";

let count = 0;
let different = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const { text, symbology, separators_kept, today, value } = JSON.parse(line);
  const read = readScan(text, { today, symbology, separatorsKept: separators_kept });
  count += 1;
  const sorted = (row: object): string => JSON.stringify(row, Object.keys(row).sort().concat("value", "confirmed"));
  if (sorted(read) !== sorted(value)) {
    different += 1;
    if (different <= 5) console.log(JSON.stringify({ text, symbology, separators_kept, python: value, typescript: read }));
  }
}
console.log(`${count} scans, ${different} read differently`);
process.exit(count > 0 && different === 0 ? 0 : 1);
