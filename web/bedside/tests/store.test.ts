/** Is what was kept still there, in order, unreadable, and all of it or none of it? */
import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { chain } from "../src/event.ts";
import { KEEP_ANSWERED_MS, NotSaved, Store } from "../src/store.ts";
import { Vault } from "../src/vault.ts";
import { NINE, given } from "./invented.ts";

const KEY = "ab".repeat(32);
let databases = 0;

async function fresh(): Promise<{ store: Store; vault: Vault; name: string }> {
  const name = `test-${++databases}`;
  return { store: await Store.open(name), vault: await Vault.open(KEY), name };
}

async function keep(store: Store, vault: Vault, count: number) {
  const acts = Array.from({ length: count }, () => given(10, null));
  const events = chain(acts, await store.chainEnd(), NINE, 0);
  await store.append(vault, events);
  return events;
}

test("events come back after closing, in order, as they were", async () => {
  const { store, vault, name } = await fresh();
  const events = [...(await keep(store, vault, 2)), ...(await keep(store, vault, 1))];
  store.close();
  const again = await Store.open(name);
  assert.deepEqual((await again.outbox(vault)).map((entry) => entry.event), events);
  assert.deepEqual(await again.chainEnd(), { sequence: 3, hash: events[2]!.hash });
  assert.equal(await again.unsentCount(), 3);
});

test("the bytes on disk name no resident, staff member or outcome", async () => {
  const { store, vault, name } = await fresh();
  await keep(store, vault, 1);
  await store.writeSealed(vault, "snapshot", { residents: ["Joan Whitfield"] });
  const stored = await everything(name);
  for (const word of ["Whitfield", "given", "prescription_id", "staff_id", "EP234567"]) assert.ok(!stored.includes(word), word);
});

test("two writers with the same chain end: one is kept, the other is refused whole", async () => {
  const { store, vault } = await fresh();
  const end = await store.chainEnd();
  const two = chain([given(1, null), given(2, null)], end, NINE, 0);
  const rival = chain([given(3, null), given(4, null), given(5, null)], end, NINE, 0);
  await store.append(vault, two);
  await assert.rejects(store.append(vault, rival), NotSaved);
  assert.equal((await store.outbox(vault)).length, 2);
});

test("a batch of which one cannot be kept leaves none of it", async () => {
  const { store, vault } = await fresh();
  const [event] = chain([given(1, null)], await store.chainEnd(), NINE, 0);
  await assert.rejects(store.append(vault, [event!, { ...event!, sequence: 2 }]), NotSaved);
  assert.equal(await store.unsentCount(), 0);
});

test("answers are kept; what was answered fourteen days ago goes, and the chain goes on", async () => {
  const { store, vault } = await fresh();
  const events = await keep(store, vault, 3);
  const at = NINE - KEEP_ANSWERED_MS - 1;
  const answered = (await store.outbox(vault)).map((entry) => ({ ...entry, answer: "recorded" as const, answered_at: at }));
  await store.saveAnswers(answered.slice(0, 2));
  await store.dropOld(NINE);
  assert.deepEqual((await store.outbox(vault)).map((entry) => entry.event.sequence), [3]);
  await store.saveAnswers([answered[2]!]);
  await store.dropOld(NINE);
  assert.deepEqual(await store.chainEnd(), { sequence: 3, hash: events[2]!.hash });
});

test("a new enrolment is refused while anything waits to be sent", async () => {
  const { store, vault } = await fresh();
  await keep(store, vault, 1);
  assert.equal(await store.startAfresh(), false);
  await store.saveAnswers((await store.outbox(vault)).map((entry) => ({ ...entry, answer: "recorded" as const, answered_at: NINE })));
  assert.equal(await store.startAfresh(), true);
  assert.deepEqual((await store.chainEnd()).sequence, 0);
});

test("a lease that ran out takes the residents and keeps the events", async () => {
  const { store, vault } = await fresh();
  await keep(store, vault, 2);
  await store.writeSealed(vault, "snapshot", { residents: [] });
  await store.forgetPersonalData();
  assert.equal(await store.readSealed(vault, "snapshot"), null);
  assert.equal((await store.outbox(vault)).length, 2);
});

function everything(name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(name);
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = async () => {
      const db = opening.result;
      const parts: string[] = [];
      for (const each of Array.from(db.objectStoreNames)) {
        const rows = await new Promise<unknown[]>((done) => {
          const asked = db.transaction(each).objectStore(each).getAll();
          asked.onsuccess = () => done(asked.result);
        });
        parts.push(JSON.stringify(rows, (_key, value: unknown) =>
          value instanceof ArrayBuffer || ArrayBuffer.isView(value) ? Buffer.from(value as ArrayBuffer).toString("latin1") : value));
      }
      db.close();
      resolve(parts.join());
    };
  });
}
