/** What joins the signals to the disk: every act is written before it is shown.
 *
 * `keep` is the only way an event comes into being. Writers queue, so that the chain of sequence numbers and
 * hashes never forks.
 */

import { GENESIS, chain, type Act, type ChainEnd } from "./event.ts";
import type { BedsideEvent, OutboxEntry } from "./model.ts";
import { NotSaved, type Store } from "./store.ts";
import * as state from "./state.ts";
import type { Session, Work } from "./state.ts";

let store: Store | null = null;
let end: ChainEnd | null = null;
let queue: Promise<unknown> = Promise.resolve();
let onKept: () => void = () => undefined;

export function useStore(opened: Store, whenKept: () => void): void {
  store = opened;
  end = null;
  onKept = whenKept;
}

export function disk(): Store {
  if (!store) throw new Error("the store is not open yet");
  return store;
}

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const next = queue.then(work, work);
  queue = next.catch(() => undefined);
  return next;
}

function entryOf(event: BedsideEvent): OutboxEntry {
  return { event, answer: null, answered_at: null, detail: null, findings: [] };
}

/** Turn acts into events on disk, then show them. Throws NotSaved and shows it: nothing of it was kept then. */
export async function keep(acts: Act[]): Promise<BedsideEvent[]> {
  const session = state.session.value;
  if (!session) throw new Error("nobody is signed in");
  // Counted before the first wait, so that "All sent" goes off the screen with the tap itself.
  state.saving.value += 1;
  try {
    return await inTurn(() => write(acts, session));
  } finally {
    state.saving.value -= 1;
  }
}

async function write(acts: Act[], session: Session): Promise<BedsideEvent[]> {
  if (state.isPractice.value) return practise(acts);
  try {
    end ??= await disk().chainEnd();
    const events = chain(acts, end, Date.now(), state.device.value?.clock_offset_ms ?? null);
    await disk().append(session.vault, events);
    const last = events.at(-1);
    if (last) end = { sequence: last.sequence, hash: last.hash };
    showKept(events);
    state.isNotSaved.value = false;
    onKept();
    return events;
  } catch (problem) {
    if (problem instanceof NotSaved) state.isNotSaved.value = true;
    end = null;
    throw problem;
  }
}

function showKept(events: BedsideEvent[]): void {
  if (!state.session.value) {
    // Signed out while it was being written: it waits, sealed, for the next person's sign-in.
    state.sealedUnsent.value += events.length;
    return;
  }
  const known = new Set(state.outbox.value.map(({ event }) => event.id));
  state.outbox.value = [...state.outbox.value, ...events.filter(({ id }) => !known.has(id)).map(entryOf)];
}

function practise(acts: Act[]): BedsideEvent[] {
  const last = state.outbox.value.at(-1)?.event;
  const events = chain(acts, { sequence: last?.sequence ?? 0, hash: last?.hash ?? "" }, Date.now(), null);
  state.outbox.value = [...state.outbox.value, ...events.map(entryOf)];
  return events;
}

/** Continue the chain after the server's number when it is ahead of ours. Gives the number this device had, else null. */
export function continueFrom(sequence: number): Promise<number | null> {
  return inTurn(async () => {
    const own = await disk().chainEnd();
    if (own.sequence >= sequence) return null;
    await disk().saveChainEnd({ sequence, hash: GENESIS });
    end = { sequence, hash: GENESIS };
    return own.sequence;
  });
}

/** Change what is under way (pot, try-again, reasons). Shown at once; on disk a moment later, sealed. */
export function setWork(change: Partial<Work>): void {
  state.work.value = { ...state.work.value, ...change };
  const { session, isPractice } = state;
  if (!session.value || isPractice.value) return;
  const { vault } = session.value;
  void inTurn(() => disk().writeSealed(vault, "work", state.work.value)).catch(() => {
    state.isNotSaved.value = true;
  });
}

export async function setSettings(change: Partial<typeof state.settings.value>): Promise<void> {
  state.settings.value = { ...state.settings.value, ...change };
  await disk().saveSettings(state.settings.value);
}

/** Put the server's answers on disk and on the screen. */
export async function keepAnswers(entries: OutboxEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await inTurn(() => disk().saveAnswers(entries));
  const bySequence = new Map(entries.map((entry) => [entry.event.sequence, entry]));
  state.outbox.value = state.outbox.value.map((entry) => bySequence.get(entry.event.sequence) ?? entry);
}
