/** How do events reach the server and snapshots this device, over a network that cannot be trusted?
 *
 * Push: in order, at most 50 a batch, again and again with jittered back-off until each has an answer. Pull:
 * the snapshot by cursor. What the network says about itself is not believed: only answers count. Nothing here
 * touches the screen or the disk; the app is told and decides.
 */

import type { Id, OutboxEntry, Snapshot, StaffTile, PinVerifier, SyncAnswer, AnswerWord } from "./model.ts";

export const BATCH = 50;
export const TIMEOUT_MS = 15_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

/** The server answered, and said no. `code` is for the program, `detail` for the person. */
export class ServerSaid extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly facts: Record<string, unknown>;
  constructor(status: number, facts: Record<string, unknown>) {
    super(`${status} ${String(facts["code"])}`);
    this.status = status;
    this.code = typeof facts["code"] === "string" ? facts["code"] : "error";
    this.detail = typeof facts["detail"] === "string" ? facts["detail"] : "";
    this.facts = facts;
  }
}

/** No answer came: no network, a timeout, or something between us that is not the server. */
export class NoAnswer extends Error {}

export interface Enrolled {
  device_id: string;
  device_key: string;
  home: { id: number; name: string };
  lease_expires_at: string;
}

export interface SignedIn {
  token: string;
  expires_at: string;
  staff: { id: Id; display_name: string; initials: string; role: string };
  pin_verifier: PinVerifier | null;
  storage_key?: string;
  lease_expires_at?: string;
}

export interface SyncReply {
  server_time: string;
  answers: SyncAnswer[];
  device?: { last_sequence: number };
  lease_expires_at?: string;
}

export interface PhotoReply {
  values: { text: string; symbology: string }[];
  cpu_ms: number;
}

export interface Credentials {
  device: { device_id: string; device_key: string } | null;
  token: string | null;
}

interface Asked {
  response: Response;
  askedAt: number;
  answeredAt: number;
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export class Api {
  readonly #base: string;
  readonly #fetch: Fetch;
  readonly #credentials: () => Credentials;
  /** Called with the server's time and the device's times around the request that brought it. */
  onServerTime: (serverTime: string, askedAt: number, answeredAt: number) => void = () => undefined;

  /** Called with the end of the device's lease whenever the server says it. */
  onLease: (until: string) => void = () => undefined;

  /** Called after every try with how long the answer took, null when none came. */
  onTry: (took: number | null) => void = () => undefined;

  constructor(base: string, credentials: () => Credentials, fetcher: Fetch = (url, init) => fetch(url, init)) {
    this.#base = base;
    this.#credentials = credentials;
    this.#fetch = fetcher;
  }

  enrol(code: string, name: string): Promise<Enrolled> {
    return this.#json<Enrolled>("POST", "enrol", { code, name });
  }

  staff(): Promise<{ home: { id: number; name: string }; staff: StaffTile[]; server_time: string }> {
    return this.#json("GET", "staff");
  }

  signIn(who: { staff_id: Id; pin: string } | { badge: string; pin: string }): Promise<SignedIn> {
    return this.#json<SignedIn>("POST", "sign-in", who);
  }

  /** Null when nothing changed since the cursor. */
  async snapshot(since: string | null): Promise<Snapshot | null> {
    const query = since === null ? "" : `?since=${encodeURIComponent(since)}`;
    const asked = await this.#send("GET", `snapshot${query}`, null, since === null ? {} : { "If-None-Match": since });
    return asked.response.status === 304 ? null : this.#read<Snapshot>(asked);
  }

  sync(batch: OutboxEntry[], deviceTime: number): Promise<SyncReply> {
    const events = batch.map(({ event }) => event);
    return this.#json<SyncReply>("POST", "sync", { schema: 1, device_time: new Date(deviceTime).toISOString(), events });
  }

  async photo(image: Blob): Promise<PhotoReply> {
    const form = new FormData();
    form.append("file", image, "photo.jpg");
    return this.#read<PhotoReply>(await this.#send("POST", "photo", form, {}));
  }

  async picture(url: string): Promise<Blob> {
    const response = await this.#call(url, { headers: this.#headers() });
    if (!response.ok) throw new NoAnswer(`picture ${response.status}`);
    return response.blob();
  }

  async #json<T>(method: string, path: string, body?: unknown): Promise<T> {
    const headers: Record<string, string> = body === undefined ? {} : { "Content-Type": "application/json" };
    return this.#read<T>(await this.#send(method, path, body === undefined ? null : JSON.stringify(body), headers));
  }

  async #send(method: string, path: string, body: BodyInit | null, extra: Record<string, string>): Promise<Asked> {
    const askedAt = Date.now();
    const response = await this.#call(this.#base + path, { method, body, headers: { ...this.#headers(), ...extra } });
    // A snapshot that has not changed has no body to say it in.
    const until = response.headers.get("X-Lease-Expires-At");
    if (until !== null) this.onLease(until);
    return { response, askedAt, answeredAt: Date.now() };
  }

  async #call(url: string, init: RequestInit): Promise<Response> {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), TIMEOUT_MS);
    const askedAt = Date.now();
    try {
      const response = await this.#fetch(url, {
        ...init, cache: "no-store", credentials: "omit", redirect: "error", signal: stop.signal,
      });
      this.onTry(Date.now() - askedAt);
      return response;
    } catch (problem) {
      this.onTry(null);
      throw new NoAnswer(String(problem));
    } finally {
      clearTimeout(timer);
    }
  }

  async #read<T>({ response, askedAt, answeredAt }: Asked): Promise<T> {
    let facts: Record<string, unknown>;
    try {
      facts = (await response.json()) as Record<string, unknown>;
    } catch (problem) {
      // A login page of the building's Wi-Fi answers 200 with HTML: that is no answer.
      throw new NoAnswer(String(problem));
    }
    if (!response.ok) {
      if (response.status >= 500) throw new NoAnswer(`server error ${response.status}`);
      throw new ServerSaid(response.status, facts);
    }
    if (typeof facts["server_time"] === "string") this.onServerTime(facts["server_time"], askedAt, answeredAt);
    if (typeof facts["lease_expires_at"] === "string") this.onLease(facts["lease_expires_at"]);
    return facts as T;
  }

  #headers(): Record<string, string> {
    const { device, token } = this.#credentials();
    return {
      Accept: "application/json",
      ...(device ? { Authorization: `Device ${device.device_id}:${device.device_key}` } : {}),
      ...(token ? { "X-Sign-In": token } : {}),
    };
  }
}

const ANSWER_WORDS = new Set<AnswerWord>([
  "recorded", "already_recorded", "recorded_with_findings", "conflict", "held", "refused",
]);

/** The oldest events without an answer, in the order they happened. */
export function nextBatch(outbox: OutboxEntry[]): OutboxEntry[] {
  return outbox
    .filter((entry) => entry.answer === null)
    .sort((a, b) => a.event.sequence - b.event.sequence)
    .slice(0, BATCH);
}

/** Put the server's answers beside their events. An event without an answer, or with an unknown one, stays unsent. */
export function withAnswers(batch: OutboxEntry[], reply: SyncReply, at: number): OutboxEntry[] {
  const answers = new Map(reply.answers.map((answer) => [answer.id, answer]));
  return batch.flatMap((entry) => {
    const answer = answers.get(entry.event.id);
    if (!answer || !ANSWER_WORDS.has(answer.answer)) return [];
    return [{
      ...entry, answer: answer.answer, answered_at: at, detail: answer.detail ?? null, findings: answer.findings ?? [],
    }];
  });
}

/** Events the server had and has lost (it was restored from a backup): to be sent again, as they were. */
export function forgottenByServer(outbox: OutboxEntry[], lastSequence: number): OutboxEntry[] {
  return outbox
    .filter((entry) => entry.answer !== null && entry.event.sequence > lastSequence)
    .map((entry) => ({ ...entry, answer: null, answered_at: null, detail: null, findings: [] }));
}

/** How long to wait after `failures` tries in a row without an answer: doubling, at most a minute, with jitter. */
export function waitAfter(failures: number, random: () => number = Math.random): number {
  const ceiling = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures, 10));
  return Math.round(ceiling * (0.5 + random() / 2));
}

/** The server's clock minus ours, taking half the journey for each way. */
export function clockOffset(serverTime: string, askedAt: number, answeredAt: number): number {
  return Math.round(Date.parse(serverTime) - (askedAt + answeredAt) / 2);
}

export interface PushRoom {
  outbox: () => OutboxEntry[];
  saveAnswers: (entries: OutboxEntry[]) => Promise<void>;
  now: () => number;
}

/** Send until nothing is left. Returns how many were answered; throws NoAnswer or ServerSaid where it stopped. */
export async function pushAll(api: Pick<Api, "sync">, room: PushRoom): Promise<number> {
  let answered = 0;
  let isLossChecked = false;
  for (;;) {
    const batch = nextBatch(room.outbox());
    if (batch.length === 0) return answered;
    const reply = await api.sync(batch, room.now());
    const entries = withAnswers(batch, reply, room.now());
    await room.saveAnswers(entries);
    answered += entries.length;
    if (reply.device && !isLossChecked) {
      // Once a run: a server that never catches up must not be sent the same events in a circle.
      isLossChecked = true;
      await room.saveAnswers(forgottenByServer(room.outbox(), reply.device.last_sequence));
    }
    // A server that answers nothing would be asked for ever.
    if (entries.length === 0) throw new NoAnswer("the server answered none of the events");
  }
}
