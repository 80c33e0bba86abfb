/** When does this device talk to the server?
 *
 * After every act, every minute, and when the app comes back to the front. One talk at a time; after a failure
 * it waits longer and longer, with jitter. The screen never waits for any of this.
 */

import { continueFrom, disk, keep, keepAnswers } from "./disk.ts";
import type { Snapshot } from "./model.ts";
import * as state from "./state.ts";
import { Api, NoAnswer, ServerSaid, clockOffset, forgottenByServer, pushAll, waitAfter } from "./sync.ts";
import { isSecure, takeVerifiers } from "./vault.ts";
import { Survey } from "./wifi.ts";

const PULL_EVERY_MS = 60_000;
const SAME_CLOCK_MS = 500;

let failures = 0;
let running: Promise<void> | null = null;
let isAskedAgain = false;
let timer: ReturnType<typeof setTimeout> | undefined;
let pulledAt = 0;
const survey = new Survey();

export const api = new Api("/api/mobile/", () => ({
  device: state.device.value,
  token: state.session.value?.token ?? null,
}));

api.onServerTime = (serverTime, askedAt, answeredAt) => {
  const known = state.device.value;
  if (!known) return;
  const offset = clockOffset(serverTime, askedAt, answeredAt);
  // A network's hesitation is no other clock: the offset stays until it is really another.
  const isSame = known.clock_offset_ms !== null && Math.abs(offset - known.clock_offset_ms) < SAME_CLOCK_MS;
  state.device.value = { ...known, clock_offset_ms: isSame ? known.clock_offset_ms : offset, last_contact_at: answeredAt };
  void disk().saveDevice(state.device.value);
};

api.onLease = (until) => {
  if (!state.device.value || state.device.value.lease_expires_at === until) return;
  state.device.value = { ...state.device.value, lease_expires_at: until };
  void disk().saveDevice(state.device.value);
};

api.onTry = (took) => {
  if (state.isPractice.value) return;
  const at = state.screen.value;
  const { residents = [], units = [] } = state.known.value?.snapshot ?? {};
  const shown = at.name === "person" ? residents.find((each) => each.id === at.residentId) : undefined;
  const unit = units.find((each) => each.id === shown?.unit_id);
  survey.note(shown?.room ?? "", unit?.name ?? "", took, Date.now());
};

/** Talk now; if a talk is under way, once more after it. */
export function wake(): void {
  clearTimeout(timer);
  if (running) {
    isAskedAgain = true;
    return;
  }
  running = talk().finally(() => {
    running = null;
    if (isAskedAgain) {
      isAskedAgain = false;
      wake();
    }
  });
}

export async function talkNow(): Promise<void> {
  pulledAt = 0;
  wake();
  await running;
}

async function talk(): Promise<void> {
  if (!state.session.value || !state.device.value || state.isPractice.value) return;
  state.isSending.value = true;
  try {
    await push();
    if (Date.now() - pulledAt >= PULL_EVERY_MS) await pull();
    failures = 0;
    await tellOfNetwork();
    timer = setTimeout(wake, PULL_EVERY_MS);
  } catch (problem) {
    if (problem instanceof ServerSaid) noteRefusal(problem);
    else if (!(problem instanceof NoAnswer)) throw problem;
    failures += 1;
    timer = setTimeout(wake, waitAfter(failures));
  } finally {
    state.isSending.value = false;
  }
}

function noteRefusal(said: ServerSaid): void {
  if (said.code === "device_revoked" || said.code === "device_not_known") state.isRevoked.value = true;
  const session = state.session.value;
  // A token that ran out is fetched anew with the next pull; what was recorded goes without one.
  if (said.status === 401 && session) state.session.value = { ...session, token: null };
}

async function push(): Promise<void> {
  const answered = await pushAll(api, {
    outbox: () => state.outbox.value, saveAnswers: keepAnswers, now: () => Date.now(),
  });
  // What was just answered shows in the next snapshot: fetch it soon, not at once after every dose.
  if (answered > 0) pulledAt = Math.min(pulledAt, Date.now() - PULL_EVERY_MS + 5_000);
}

/** Sign in at the server with what was typed at an offline sign-in. */
async function renewToken(): Promise<void> {
  const session = state.session.value;
  if (!session || session.token !== null) return;
  const signedIn = await api.signIn(session.secret);
  if (state.session.value?.staff.id !== session.staff.id) return;
  state.session.value = { ...state.session.value, token: signedIn.token };
}

export async function pull(): Promise<void> {
  await renewToken();
  const fetchedAt = Date.now();
  const snapshot = await api.snapshot(state.known.value?.snapshot.cursor ?? null);
  pulledAt = Date.now();
  if (snapshot) await takeIn(snapshot, fetchedAt);
  else if (state.known.value) state.known.value = { ...state.known.value, fetchedAt };
}

async function takeIn(snapshot: Snapshot, fetchedAt: number): Promise<void> {
  const session = state.session.value;
  if (!session || state.isPractice.value) return;
  const { staff, keys } = isSecure()
    ? await takeVerifiers(snapshot.staff, session.storageKey)
    : { staff: snapshot.staff, keys: [] };
  const stored = { snapshot: { ...snapshot, staff }, fetchedAt };
  await disk().writeSealed(session.vault, "snapshot", stored);
  if (keys.length) await disk().saveWrappedKeys(keys);
  state.known.value = stored;
  const tiles = staff.map(({ id, display_name, initials, role, photo_url, badge_hash }) => ({
    id, display_name, initials, role, photo_url, badge_hash,
  }));
  if (tiles.length) {
    state.tiles.value = tiles;
    await disk().saveTiles(tiles);
  }
  if (snapshot.device) {
    const forgotten = forgottenByServer(state.outbox.value, snapshot.device.last_sequence);
    await keepAnswers(forgotten);
    if (forgotten.length) wake();
    await tellOfLoss(snapshot.device.last_sequence);
  }
  void fetchPhotos(snapshot);
}

/** The server has events of this device that its own store does not: it was wiped, or put back from an old copy. */
async function tellOfLoss(serverHad: number): Promise<void> {
  const session = state.session.value;
  const deviceHas = await continueFrom(serverHad);
  if (deviceHas === null || !session) return;
  await keep([{ kind: "records_lost", body: { server_had: serverHad, device_has: deviceHas }, staff_id: session.staff.id }]);
}

async function tellOfNetwork(): Promise<void> {
  const body = survey.take(Date.now());
  if (body && state.session.value) await keep([{ kind: "network", body, staff_id: state.session.value.staff.id }]);
}

async function fetchPhotos(snapshot: Snapshot): Promise<void> {
  const session = state.session.value;
  const urls = new Set(snapshot.residents.flatMap((each) => (each.photo_url ? [each.photo_url] : [])));
  for (const url of urls) {
    if (!session || state.session.value?.vault !== session.vault) return;
    if (await disk().photo(session.vault, url)) continue;
    try {
      await disk().savePhoto(session.vault, url, await api.picture(url));
    } catch {
      // A face that could not be fetched is fetched with a later snapshot; initials show meanwhile.
      return;
    }
  }
  await disk().keepPhotos(urls);
}
