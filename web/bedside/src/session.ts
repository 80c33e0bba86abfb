/** Who is holding this device, and may they?
 *
 * Sign-in (at the server, or by PIN without it), sign-out, lease. Signing out forgets keys, never
 * events. Five wrong PINs lock a name on this device until the server says otherwise.
 */

import { afterPaint } from "./after_paint.ts";
import { disk } from "./disk.ts";
import type { Id, StaffTile } from "./model.ts";
import { api, talkNow, wake } from "./network.ts";
import { sha256Hex } from "./sha256.ts";
import { openSound } from "./sound.ts";
import * as state from "./state.ts";
import { EMPTY_WORK, type Session, type Work } from "./state.ts";
import { NoAnswer, ServerSaid, type SignedIn } from "./sync.ts";
import { Vault, isSecure, openWithPin, wrapKey } from "./vault.ts";
import { words } from "./messages.ts";

export const WRONG_PINS_ALLOWED = 5;

/** Why a sign-in did not work, in words for the person. */
export class NotSignedIn extends Error {}

/** What the server says to a device that a manager switched off. */
export const SWITCHED_OFF = new Set(["device_revoked", "device_not_known"]);

/** Fetch the names for the tiles; without a network the stored ones stay. */
export async function fetchTiles(): Promise<void> {
  try {
    const { staff } = await api.staff();
    const hashes = new Map(state.tiles.value.map((tile) => [tile.id, tile.badge_hash]));
    state.tiles.value = staff.map((tile) => ({ badge_hash: hashes.get(tile.id) ?? null, ...tile }));
    await disk().saveTiles(state.tiles.value);
    state.isRevoked.value = false;
  } catch (problem) {
    if (problem instanceof ServerSaid && SWITCHED_OFF.has(problem.code)) state.isRevoked.value = true;
    else if (!(problem instanceof NoAnswer || problem instanceof ServerSaid)) throw problem;
  }
}

export function isLeaseOver(now: number): boolean {
  const until = state.device.value?.lease_expires_at;
  return until !== undefined && now > Date.parse(until);
}

/** Who wants to sign in: by tile, or by a badge. A badge only says who; badges are found on corridors. */
export interface Claim {
  tile: StaffTile | null;
  badge: string | null;
}

export async function signIn(claim: Claim, pin: string): Promise<void> {
  const secret: Session["secret"] = claim.badge === null ? { staff_id: claim.tile?.id ?? -1, pin } : { badge: claim.badge, pin };
  try {
    const signedIn = await api.signIn(secret);
    await begin(secret, signedIn);
    await disk().saveWrongPins(signedIn.staff.id, 0);
  } catch (problem) {
    if (problem instanceof ServerSaid) throw refusal(problem);
    if (!(problem instanceof NoAnswer)) throw problem;
    if (claim.tile === null) throw new NotSignedIn(words().badgeOffline);
    await signInOffline(claim.tile, pin, secret);
  }
}

export function staffOfBadge(badge: string): StaffTile | null {
  const hash = sha256Hex(badge.toUpperCase());
  return state.tiles.value.find((tile) => tile.badge_hash === hash) ?? null;
}

function refusal(said: ServerSaid): NotSignedIn {
  const left = said.facts["tries_left"];
  if (SWITCHED_OFF.has(said.code)) state.isRevoked.value = true;
  if (said.code === "wrong_pin") return new NotSignedIn(words().wrongPin(typeof left === "number" ? left : null));
  if (said.status === 423) return new NotSignedIn(words().locked);
  if (SWITCHED_OFF.has(said.code)) return new NotSignedIn(words().revoked);
  return new NotSignedIn(said.detail || words().tryAgain);
}

async function signInOffline(tile: StaffTile, pin: string, secret: Session["secret"]): Promise<void> {
  if (isLeaseOver(state.correctedNow())) throw new NotSignedIn(words().leaseOver);
  const opened = await checkPinHere(tile.id, pin);
  await start({ staff: tile, storageKey: opened.storageKey, token: null, secret });
}

/** Check a PIN against this device's key ring, counting wrong ones. Throws NotSignedIn. */
export async function checkPinHere(staffId: Id, pin: string): Promise<{ storageKey: string; ownKey: string }> {
  const entry = isSecure() ? await disk().wrappedKey(staffId) : null;
  if (!entry) throw new NotSignedIn(words().needNetworkOnce);
  const wrong = await disk().wrongPins(staffId);
  if (wrong >= WRONG_PINS_ALLOWED) throw new NotSignedIn(words().locked);
  // Counted before the answer is known: pulling the plug between must not give free tries.
  await disk().saveWrongPins(staffId, wrong + 1);
  const opened = await openWithPin(entry, pin);
  if (!opened) throw new NotSignedIn(words().wrongPin(WRONG_PINS_ALLOWED - wrong - 1));
  await disk().saveWrongPins(staffId, 0);
  return opened;
}

async function begin(secret: Session["secret"], signedIn: SignedIn): Promise<void> {
  const { staff, token, pin_verifier, storage_key } = signedIn;
  const storageKey = storage_key ?? "";
  if (isSecure() && !/^[0-9a-f]{64}$/.test(storageKey)) throw new NotSignedIn(words().noStorageKey);
  if (isSecure() && pin_verifier) await disk().saveWrappedKey(await wrapKey(storageKey, staff.id, pin_verifier));
  await start({ staff, storageKey, token, secret });
}

async function start(who: Pick<Session, "staff" | "storageKey" | "token" | "secret">): Promise<void> {
  const vault = isSecure() ? await Vault.open(who.storageKey) : Vault.unencrypted();
  const store = disk();
  const lastSeen = state.settings.value.last_seen;
  const now = state.correctedNow();
  const previousSeen = lastSeen[String(who.staff.id)] ?? null;
  state.known.value = await store.readSealed(vault, "snapshot");
  state.outbox.value = await store.outbox(vault);
  state.work.value = { ...EMPTY_WORK, ...(await store.readSealed<Work>(vault, "work")) };
  state.sealedUnsent.value = 0;
  state.settings.value = { ...state.settings.value, last_seen: { ...lastSeen, [String(who.staff.id)]: now } };
  await store.saveSettings(state.settings.value);
  state.session.value = { ...who, vault, startedAt: now, previousSeen };
  void store.dropOld(Date.now());
  state.screen.value = { name: "welcome" };
  afterPaint(openSound);
  const firstTalk = talkNow();
  if (!state.known.value) await firstTalk;
}

/** Forget who is here and the key; events stay, sealed, and go out with the next person's sign-in. */
export function signOut(): void {
  state.sealedUnsent.value = state.outbox.value.filter((entry) => entry.answer === null).length;
  state.isPractice.value = false;
  state.session.value = null;
  state.known.value = null;
  state.outbox.value = [];
  state.work.value = EMPTY_WORK;
  state.overlay.value = null;
  state.screen.value = { name: state.device.value ? "start" : "enrol" };
  void fetchTiles();
}

/** At start: a device that has not reached the server for the length of its lease holds nothing personal. */
export async function enforceLease(): Promise<void> {
  if (state.device.value && isLeaseOver(state.correctedNow())) await disk().forgetPersonalData();
}

export { wake };
