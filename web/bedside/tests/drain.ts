/** How long does an outbox of many events take to reach a real server, and does it arrive whole and in order?
 *
 *   node .out/drain.mjs ADDRESS SET_UP_CODE STAFF_ID EVENTS
 *
 * The app's own chain, store, vault and sync, on an IndexedDB in memory. Prints one line of JSON.
 */
import "fake-indexeddb/auto";
import { chain } from "../src/event.ts";
import type { OutboxEntry } from "../src/model.ts";
import { Store, type DeviceRecord } from "../src/store.ts";
import { Api, pushAll } from "../src/sync.ts";
import { Vault } from "../src/vault.ts";

const [address, code, staff, wanted] = process.argv.slice(2);
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
  const acts = Array.from({ length: size }, (_, i) => ({
    kind: "scan" as const, staff_id: Number(staff),
    body: {
      resident_id: null, prescription_id: null, due_at: null, how: "wedge" as const, text: `EP${done + i}`, symbology: null,
      meaning: "unknown", result: "asked" as const, findings: [], overridden: false, reason: null,
    },
  }));
  await store.append(vault, chain(acts, await store.chainEnd(), at, null));
  done += size;
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
