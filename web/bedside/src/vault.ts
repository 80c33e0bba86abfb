/** Who can read what is stored on this device?
 *
 * Personal data is encrypted (AES-256-GCM) with a storage key that the server makes for the device and gives
 * at each sign-in. The device keeps it only wrapped: once for each staff member, under a key made from that
 * person's PIN (PBKDF2). So a right PIN opens the device without a network, a wrong one cannot, and a device
 * nobody is signed in on holds nothing readable. A PIN is short, so this slows a thief down rather than
 * stopping one for ever: the lease and the lock-out are the other half.
 *
 * Browsers offer this only on https and localhost. On any other address `isSecure` is false, data is stored
 * as it is, and the app says so on every screen.
 */

import type { Hex, Id, PinVerifier, SnapshotStaff } from "./model.ts";

export interface WrappedKey {
  staff_id: Id;
  salt: Hex;
  iterations: number;
  nonce: Hex;
  wrapped: Hex;
}

export interface Sealed {
  nonce: Uint8Array<ArrayBuffer>;
  bytes: ArrayBuffer;
}

export function isSecure(): boolean {
  return typeof crypto !== "undefined" && crypto.subtle !== undefined;
}

export function fromHex(hex: Hex): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16);
  return bytes;
}

export function toHex(bytes: ArrayBuffer | Uint8Array): Hex {
  return Array.from(new Uint8Array(bytes as ArrayBuffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function aesKey(raw: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
}

/** The 32 bytes a PIN stands for: the same computation as the server's when the PIN was set. */
export async function keyFromPin(pin: string, salt: Hex, iterations: number): Promise<Uint8Array<ArrayBuffer>> {
  const base = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, ["deriveBits"]);
  const parameters = { name: "PBKDF2", hash: "SHA-256", salt: fromHex(salt), iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, base, 256));
}

/** Wrap the storage key for one person, from the verifier the server sent. */
export async function wrapKey(storageKey: Hex, staffId: Id, verifier: PinVerifier): Promise<WrappedKey> {
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const key = await aesKey(fromHex(verifier.key));
  const wrapped = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, key, fromHex(storageKey));
  const { salt, iterations } = verifier;
  return { staff_id: staffId, salt, iterations, nonce: toHex(nonce), wrapped: toHex(wrapped) };
}

/** What a PIN opens: the storage key and the person's own key; null when the PIN is wrong. */
export async function openWithPin(entry: WrappedKey, pin: string): Promise<{ storageKey: Hex; ownKey: Hex } | null> {
  const own = await keyFromPin(pin, entry.salt, entry.iterations);
  try {
    const iv = fromHex(entry.nonce);
    const raw = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, await aesKey(own), fromHex(entry.wrapped));
    return { storageKey: toHex(raw), ownKey: toHex(own) };
  } catch {
    // AES-GCM says only "failed": the tag did not match, which is what a wrong PIN looks like.
    return null;
  }
}

/** Wrap the storage key for everyone who has a verifier, and take the verifiers out of what will be stored. */
export async function takeVerifiers(
  staff: SnapshotStaff[],
  storageKey: Hex,
): Promise<{ staff: SnapshotStaff[]; keys: WrappedKey[] }> {
  const keys: WrappedKey[] = [];
  const bare: SnapshotStaff[] = [];
  for (const { pin_verifier, ...person } of staff) {
    if (pin_verifier) keys.push(await wrapKey(storageKey, person.id, pin_verifier));
    bare.push(person);
  }
  return { staff: bare, keys };
}

/** HMAC-SHA256 in hexadecimal: shows the server that the witness's own PIN was typed for this very event. */
export async function proof(ownKey: Hex, message: string): Promise<Hex> {
  const hash = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", fromHex(ownKey), hash, false, ["sign"]);
  return toHex(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(message)));
}

/** Seals and opens everything personal while someone is signed in. */
export class Vault {
  readonly #key: CryptoKey | null;

  private constructor(key: CryptoKey | null) {
    this.#key = key;
  }

  static async open(storageKey: Hex): Promise<Vault> {
    return new Vault(await aesKey(fromHex(storageKey)));
  }

  /** For an address where the browser has no encryption. */
  static unencrypted(): Vault {
    return new Vault(null);
  }

  async seal(value: unknown): Promise<Sealed> {
    return this.sealBytes(new TextEncoder().encode(JSON.stringify(value)));
  }

  async sealBytes(bytes: Uint8Array<ArrayBuffer>): Promise<Sealed> {
    const nonce = crypto.getRandomValues(new Uint8Array(12));
    if (!this.#key) return { nonce, bytes: bytes.slice().buffer };
    return { nonce, bytes: await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, this.#key, bytes) };
  }

  /** Throws when the bytes were sealed with another key or were changed. */
  async unseal<T>(sealed: Sealed): Promise<T> {
    return JSON.parse(new TextDecoder().decode(await this.unsealBytes(sealed))) as T;
  }

  async unsealBytes(sealed: Sealed): Promise<ArrayBuffer> {
    if (!this.#key) return sealed.bytes;
    return crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.nonce }, this.#key, sealed.bytes);
  }
}
