/** How long does an outbox of many events take to reach a real server, and does it arrive whole and in order?
 *
 *   node .out/drain.mjs ADDRESS SET_UP_CODE STAFF_ID EVENTS [PRESCRIPTIONS]
 *
 * Scans; with a file of prescriptions ([{id, resident_id}], each due every morning since 2020), every second event is
 * a dose. The app's own chain, store, vault and sync, on an IndexedDB in memory. Prints one line of JSON.
 */
import "fake-indexeddb/auto";
import { readFileSync } from "node:fs";
import { chain, type Act } from "../src/event.ts";
import type { Id, OutboxEntry } from "../src/model.ts";
import { Store, type DeviceRecord } from "../src/store.ts";
import { Api, pushAll } from "../src/sync.ts";
import { Vault } from "../src/vault.ts";

const [address, code, staff, wanted, file] = process.argv.slice(2);
const prescriptions: { id: string; resident_id: Id }[] = file ? JSON.parse(readFileSync(file, "utf8")) : [];
let device: DeviceRecord | null = null;
const api = new Api(`${address}/api/mobile/`, () => ({ device, token: null }));
device = { ...(await api.enrol(code!, "Drained tablet")), name: "Drained tablet", clock_offset_ms: null, last_contact_at: null };

const store = await Store.open("drain");
const vault = await Vault.open("ab".repeat(32));
const HOURS = 72;
const count = Number(wanted);
for (let done = 0; done < count; ) {
  const size = Math.min(3, count - done);
  const at = Date.now() - Math.round((HOURS * 3600_000 * (count - done)) / count);
  const acts = Array.from({ length: size }, (_, i) => (prescriptions.length && (done + i) % 2 ? dose((done + i) >> 1) : scan(done + i)));
  await store.append(vault, chain(acts, await store.chainEnd(), at, null));
  done += size;
}

function scan(n: number): Act {
  const body = {
    resident_id: null, prescription_id: null, due_at: null, how: "wedge" as const, text: `EP${n}`, symbology: null,
    meaning: "unknown", result: "asked" as const, findings: [], overridden: false, reason: null,
  };
  return { kind: "scan", staff_id: Number(staff), body };
}

/** A morning's dose of one prescription after the other, in winter, when the home's clock is UTC. */
function dose(n: number): Act {
  const { id, resident_id } = prescriptions[n % prescriptions.length]!;
  const turn = Math.floor(n / prescriptions.length);
  const due = new Date(Date.UTC(2020 + Math.floor(turn / 60), 0, 1 + (turn % 60), 8)).toISOString();
  const body = {
    resident_id, prescription_id: id, prescription_version: 1, due_at: due, given_at: due, outcome: "given", amount: "1", unit: "tablet",
    pack_id: null, scan: { how: "wedge" as const, text: "EPABC234", by_hand_reason: null }, note: null, round_id: null,
    findings_shown: [], witness_id: null, site: null, reading: null, effect_due_at: null,
  };
  return { kind: "administration", staff_id: Number(staff), body };
}

const entries = new Map((await store.outbox(vault)).map((entry) => [entry.event.sequence, entry]));
const start = performance.now();
await pushAll(api, {
  outbox: () => [...entries.values()],
  saveAnswers: async (answered: OutboxEntry[]) => {
    await store.saveAnswers(answered);
    for (const entry of answered) entries.set(entry.event.sequence, entry);
  },
  now: () => Date.now(),
});
const seconds = (performance.now() - start) / 1000;
const answers: Record<string, number> = {};
for (const { answer } of entries.values()) answers[answer ?? "none"] = (answers[answer ?? "none"] ?? 0) + 1;
console.log(JSON.stringify({ events: entries.size, seconds: Number(seconds.toFixed(2)), answers, unsent: await store.unsentCount() }));
store.close();
