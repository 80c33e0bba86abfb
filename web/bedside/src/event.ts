/** How does an act become an event that cannot be changed unnoticed?
 *
 * Each event carries the hash of the one before it, and its own hash over its canonical JSON: keys sorted,
 * no spaces, UTF-8, whole numbers and strings only. The server computes the same.
 */

import type { BedsideEvent, EventKind, Hex, Id } from "./model.ts";
import { sha256Hex } from "./sha256.ts";

export const GENESIS: Hex = "0".repeat(64);

/** Canonical JSON. Throws TypeError for a number that is not a safe whole number, and for undefined in a list. */
export function canonical(value: unknown): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new TypeError(`not a whole number: ${value}`);
    return String(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "object") {
    const row = value as Record<string, unknown>;
    const keys = Object.keys(row).filter((key) => row[key] !== undefined);
    keys.sort(byCodePoint);
    return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(row[key])}`).join(",")}}`;
  }
  throw new TypeError(`cannot be written as canonical JSON: ${typeof value}`);
}

// JavaScript compares strings by UTF-16 unit, Python by code point; keys are ASCII, but a difference
// would break the chain silently.
function byCodePoint(left: string, right: string): number {
  const a = Array.from(left, (c) => c.codePointAt(0)!);
  const b = Array.from(right, (c) => c.codePointAt(0)!);
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

/** The hash an event must carry: over everything in it except the hash itself. */
export function eventHash(event: Omit<BedsideEvent, "hash">): Hex {
  const { hash: _ignored, ...rest } = event as BedsideEvent;
  return sha256Hex(canonical(rest));
}

export interface Act {
  kind: EventKind;
  body: BedsideEvent["body"];
  staff_id: Id;
  /** Only when the id had to be known beforehand, as for a witness's proof. */
  id?: string;
}

export interface ChainEnd {
  sequence: number;
  hash: Hex;
}

/** Turn acts into events that continue the chain. `at` is the device's own clock, uncorrected. */
export function chain(acts: Act[], end: ChainEnd, at: number, clockOffsetMs: number | null): BedsideEvent[] {
  let { sequence, hash } = end;
  return acts.map((act) => {
    sequence += 1;
    const unsigned: Omit<BedsideEvent, "hash"> = {
      id: act.id ?? uuid7(at),
      schema: 1,
      kind: act.kind,
      sequence,
      previous_hash: hash,
      staff_id: act.staff_id,
      entered_at: new Date(at).toISOString(),
      clock_offset_ms: clockOffsetMs,
      body: JSON.parse(JSON.stringify(act.body)) as BedsideEvent["body"],
    };
    hash = eventHash(unsigned);
    return { ...unsigned, hash };
  });
}

let lastAt = 0;
let counter = 0;

/** A UUIDv7 (RFC 9562 6.2 method 1): ids made in the same millisecond still sort in the order made. */
export function uuid7(at: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  if (at > lastAt) {
    lastAt = at;
    counter = ((bytes[6]! & 0x07) << 8) | bytes[7]!;
  } else {
    counter += 1;
    if (counter > 0xfff) {
      counter = 0;
      lastAt += 1;
    }
  }
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(lastAt / 0x100000000));
  view.setUint32(2, lastAt % 0x100000000);
  view.setUint16(6, 0x7000 | counter);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
