/** Is "all sent" off the screen from the tap until the dose is at the server? */
import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { keep, keepAnswers, useStore } from "../src/disk.ts";
import * as state from "../src/state.ts";
import { Store } from "../src/store.ts";
import { Vault } from "../src/vault.ts";
import { NINE, given } from "./invented.ts";

const KEY = "ab".repeat(32);
let databases = 0;

async function signedIn(): Promise<Store> {
  const store = await Store.open(`disk-${++databases}`);
  useStore(store, () => undefined);
  const staff = { id: 7, display_name: "Anna", initials: "AN", role: "carer" };
  state.session.value = {
    staff, vault: await Vault.open(KEY), storageKey: KEY, token: null, secret: { staff_id: 7, pin: "2468" }, startedAt: NINE,
    previousSeen: null,
  };
  [state.outbox.value, state.isNotSaved.value, state.sealedUnsent.value] = [[], false, 0];
  return store;
}

test("from the tap to the disk it says saving, then that it is held, and sent only after the answer", async () => {
  await signedIn();
  const seen: string[] = [];
  const stop = state.saveState.subscribe((word) => void seen.push(word));
  const kept = keep([given(10, null)]);
  assert.equal(state.saveState.value, "saving", "in the same turn as the tap");
  await kept;
  assert.equal(state.saveState.value, "held");
  await keepAnswers(state.outbox.value.map((entry) => ({ ...entry, answer: "recorded", answered_at: NINE })));
  stop();
  assert.deepEqual(seen, ["sent", "saving", "held", "sent"]);
});

test("a dose that cannot be written is not saved, and nothing more is being saved", async () => {
  const store = await signedIn();
  store.close();
  await assert.rejects(keep([given(10, null)]));
  assert.equal(state.saving.value, 0);
  assert.notEqual(state.saveState.value, "saving");
});

test("a dose confirmed just before signing out is kept and counted for the next person", async () => {
  const store = await signedIn();
  const kept = keep([given(10, null)]);
  state.session.value = null;
  await kept;
  assert.deepEqual([await store.unsentCount(), state.sealedUnsent.value, state.saveState.value], [1, 1, "held"]);
});
