/** Does everything reach the server once, in order, whatever the network does? */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { OutboxEntry, SyncAnswer } from "../src/model.ts";
import { Api, BATCH, NoAnswer, ServerSaid, clockOffset, forgottenByServer, nextBatch, pushAll, waitAfter, withAnswers, type SyncReply } from "../src/sync.ts";
import { entries, given } from "./invented.ts";

function outboxOf(count: number): OutboxEntry[] {
  return entries(Array.from({ length: count }, (_, i) => given(i, null)));
}

/** A device with an outbox, and a server that takes each id once. */
function room(outbox: OutboxEntry[]) {
  const kept = new Map(outbox.map((entry) => [entry.event.sequence, entry]));
  return {
    outbox: () => [...kept.values()],
    saveAnswers: async (answered: OutboxEntry[]) => answered.forEach((entry) => void kept.set(entry.event.sequence, entry)),
    now: () => 1000,
  };
}

function server() {
  const taken: string[] = [];
  const sync = async (batch: OutboxEntry[]): Promise<SyncReply> => ({
    server_time: "2026-11-22T09:00:00Z",
    answers: batch.map(({ event }): SyncAnswer => {
      const answer = taken.includes(event.id) ? "already_recorded" : "recorded";
      if (answer === "recorded") taken.push(event.id);
      return { id: event.id, answer };
    }),
  });
  return { taken, sync };
}

test("120 events go in three batches of at most fifty, in order", async () => {
  const device = room(outboxOf(120));
  const { taken, sync } = server();
  const sizes: number[] = [];
  await pushAll({ sync: (batch) => (sizes.push(batch.length), sync(batch)) }, device);
  assert.deepEqual(sizes, [BATCH, BATCH, 20]);
  assert.deepEqual(taken, device.outbox().map((entry) => entry.event.id));
  assert.ok(device.outbox().every((entry) => entry.answer === "recorded"));
});

test("an answer lost after the server took it: sent again, taken once", async () => {
  const device = room(outboxOf(3));
  const { taken, sync } = server();
  const losing = { sync: async (batch: OutboxEntry[]) => { await sync(batch); throw new NoAnswer("cut"); } };
  await assert.rejects(pushAll(losing, device), NoAnswer);
  assert.ok(device.outbox().every((entry) => entry.answer === null));
  await pushAll({ sync }, device);
  assert.equal(taken.length, 3);
  assert.ok(device.outbox().every((entry) => entry.answer === "already_recorded"));
});

test("an event that the server did not answer stays unsent, and a server that answers none is not asked for ever", async () => {
  const device = room(outboxOf(2));
  const silent = { sync: async (): Promise<SyncReply> => ({ server_time: "", answers: [] }) };
  await assert.rejects(pushAll(silent, device), NoAnswer);
  assert.equal(nextBatch(device.outbox()).length, 2);
});

test("an answer in a word this version does not know is no answer", () => {
  const [entry] = outboxOf(1);
  const reply = { server_time: "", answers: [{ id: entry!.event.id, answer: "vanished" as never }] };
  assert.deepEqual(withAnswers([entry!], reply, 1), []);
});

test("one bad event does not hold up those behind it", async () => {
  const device = room(outboxOf(3));
  const answers = ["held", "refused", "conflict"] as const;
  const sync = async (batch: OutboxEntry[]): Promise<SyncReply> => ({
    server_time: "", answers: batch.map(({ event }, i) => ({ id: event.id, answer: answers[i]!, detail: "look" })),
  });
  await pushAll({ sync }, device);
  assert.deepEqual(device.outbox().map((entry) => entry.answer), [...answers]);
});

test("a server restored from a backup gets again what it lost, as it was", async () => {
  const device = room(outboxOf(5).map((entry) => ({ ...entry, answer: "recorded", answered_at: 1 })));
  const before = device.outbox().map((entry) => entry.event);
  const lost = forgottenByServer(device.outbox(), 3);
  assert.deepEqual(lost.map((entry) => entry.event.sequence), [4, 5]);
  await device.saveAnswers(lost);
  const { taken, sync } = server();
  await pushAll({ sync }, device);
  assert.equal(taken.length, 2);
  assert.deepEqual(device.outbox().map((entry) => entry.event), before);
});

test("a server whose number never rises is not sent the same events in a circle", async () => {
  const device = room(outboxOf(3));
  let calls = 0;
  const sync = async (batch: OutboxEntry[]): Promise<SyncReply> => {
    calls += 1;
    assert.ok(calls < 10);
    return { server_time: "", answers: batch.map(({ event }) => ({ id: event.id, answer: "recorded" as const })), device: { last_sequence: 0 } };
  };
  await pushAll({ sync }, device);
  assert.ok(calls <= 2);
});

test("waits double from a second to a minute, with jitter", () => {
  assert.deepEqual([0, 1, 2, 3].map((n) => waitAfter(n, () => 1)), [1000, 2000, 4000, 8000]);
  assert.equal(waitAfter(50, () => 1), 60_000);
  assert.ok(waitAfter(3, () => 0) < waitAfter(3, () => 1));
});

test("the clock is corrected by half the journey", () => {
  assert.equal(clockOffset("1970-01-01T00:00:10.000Z", 1000, 3000), 8000);
});

function apiAnswering(status: number, body: string): Api {
  return new Api("/api/", () => ({ device: { device_id: "d", device_key: "k" }, token: "t" }), async () => new Response(status === 304 ? null : body, { status }));
}

test("a page of the building's Wi-Fi and a broken server are no answer; a refusal is one", async () => {
  await assert.rejects(apiAnswering(200, "<html>Welcome to the Wi-Fi</html>").staff(), NoAnswer);
  await assert.rejects(apiAnswering(503, "{}").staff(), NoAnswer);
  await assert.rejects(apiAnswering(401, '{"code":"wrong_pin","detail":"No.","tries_left":2}').staff(), (problem) =>
    problem instanceof ServerSaid && problem.code === "wrong_pin" && problem.facts["tries_left"] === 2);
  assert.equal(await apiAnswering(304, "").snapshot("7"), null);
});

test("the device says who it is on every call, and who is signed in when somebody is", async () => {
  const seen: Headers[] = [];
  const api = new Api("/api/", () => ({ device: { device_id: "d", device_key: "k" }, token: "t" }), async (_url, init) => {
    seen.push(new Headers(init.headers));
    return new Response('{"answers":[],"server_time":"2026-11-22T09:00:00Z"}');
  });
  await api.sync([], 0);
  assert.equal(seen[0]!.get("Authorization"), "Device d:k");
  assert.equal(seen[0]!.get("X-Sign-In"), "t");
});
