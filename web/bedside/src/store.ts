/** Where is what on this device?
 *
 * One IndexedDB database. In the clear: which device this is, the names on the sign-in tiles, wrapped keys, wrong-PIN
 * counts, settings. Sealed by the vault: the snapshot, the pot, photos and the body of every event. Writes that a
 * person is told about use strict durability: the promise resolves after the bytes are on disk.
 */

import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { AnswerWord, BedsideEvent, FindingRecord, Hex, Id, OutboxEntry, StaffTile } from "./model.ts";
import type { ChainEnd } from "./event.ts";
import { GENESIS } from "./event.ts";
import { Vault, type Sealed, type WrappedKey } from "./vault.ts";

export interface DeviceRecord {
  device_id: string;
  device_key: string;
  name: string;
  home: { id: number; name: string };
  lease_expires_at: string;
  /** Measured at the last answer: the server's clock minus ours. */
  clock_offset_ms: number | null;
  last_contact_at: number | null;
}

export interface Settings {
  theme: "auto" | "day" | "night";
  sound: boolean;
  read_aloud: boolean;
  language: string;
  unit_id: Id | null;
  scanner_ready: string | null;
  /** When the round that is open on this device was started, by its own clock; readable while nobody is signed in. */
  round_open_since: number | null;
  /** When each staff member last signed in here, for "what changed since your last shift". */
  last_seen: Record<string, number>;
}

export const DEFAULT_SETTINGS: Settings = {
  theme: "auto", sound: true, read_aloud: false, language: "en", unit_id: null, scanner_ready: null, round_open_since: null, last_seen: {},
};

interface OutboxRow {
  sequence: number;
  id: string;
  hash: Hex;
  sealed: Sealed;
  answer: AnswerWord | null;
  answered_at: number | null;
  detail: string | null;
  findings: FindingRecord[];
}

interface Schema extends DBSchema {
  plain: { key: string; value: unknown };
  sealed: { key: string; value: Sealed };
  keys: { key: Id; value: WrappedKey };
  outbox: { key: number; value: OutboxRow; indexes: { id: string } };
  photos: { key: string; value: Sealed & { type: string } };
}

/** The device could not keep what happened: the screen must say "not saved: use paper". */
export class NotSaved extends Error {
  constructor(cause: unknown) {
    super("not saved on this device", { cause });
    this.name = "NotSaved";
  }
}

export const KEEP_ANSWERED_MS = 14 * 24 * 3600 * 1000;

export class Store {
  readonly #db: IDBPDatabase<Schema>;

  private constructor(db: IDBPDatabase<Schema>) {
    this.#db = db;
  }

  static async open(name = "bedside"): Promise<Store> {
    const db = await openDB<Schema>(name, 1, {
      upgrade(fresh) {
        fresh.createObjectStore("plain");
        fresh.createObjectStore("sealed");
        fresh.createObjectStore("keys", { keyPath: "staff_id" });
        fresh.createObjectStore("outbox", { keyPath: "sequence" }).createIndex("id", "id", { unique: true });
        fresh.createObjectStore("photos");
      },
    });
    return new Store(db);
  }

  close(): void {
    this.#db.close();
  }

  async device(): Promise<DeviceRecord | null> {
    return ((await this.#db.get("plain", "device")) as DeviceRecord | undefined) ?? null;
  }

  async saveDevice(device: DeviceRecord): Promise<void> {
    await this.#db.put("plain", device, "device");
  }

  async tiles(): Promise<StaffTile[]> {
    return ((await this.#db.get("plain", "tiles")) as StaffTile[] | undefined) ?? [];
  }

  async saveTiles(tiles: StaffTile[]): Promise<void> {
    await this.#db.put("plain", tiles, "tiles");
  }

  async settings(): Promise<Settings> {
    return { ...DEFAULT_SETTINGS, ...((await this.#db.get("plain", "settings")) as Partial<Settings> | undefined) };
  }

  async saveSettings(settings: Settings): Promise<void> {
    await this.#db.put("plain", settings, "settings");
  }

  async wrongPins(staffId: Id): Promise<number> {
    return ((await this.#db.get("plain", `wrong:${staffId}`)) as number | undefined) ?? 0;
  }

  async saveWrongPins(staffId: Id, count: number): Promise<void> {
    await this.#write("plain", (tx) => tx.objectStore("plain").put(count, `wrong:${staffId}`));
  }

  async wrappedKey(staffId: Id): Promise<WrappedKey | null> {
    return (await this.#db.get("keys", staffId)) ?? null;
  }

  async hasWrappedKeys(): Promise<boolean> {
    return (await this.#db.count("keys")) > 0;
  }

  /** Replace the key ring: who has left the home can no longer open the device. */
  async saveWrappedKeys(keys: WrappedKey[]): Promise<void> {
    const tx = this.#db.transaction("keys", "readwrite");
    await tx.store.clear();
    for (const key of keys) await tx.store.put(key);
    await tx.done;
  }

  async saveWrappedKey(key: WrappedKey): Promise<void> {
    await this.#db.put("keys", key);
  }

  async readSealed<T>(vault: Vault, name: string): Promise<T | null> {
    const sealed = await this.#db.get("sealed", name);
    if (!sealed) return null;
    try {
      return await vault.unseal<T>(sealed);
    } catch {
      // Sealed with a key from an earlier enrolment: unreadable for ever, and fetched again from the server.
      return null;
    }
  }

  /** Throws NotSaved when the disk is full. */
  async writeSealed(vault: Vault, name: string, value: unknown): Promise<void> {
    const sealed = await vault.seal(value);
    await this.#write("sealed", (tx) => tx.objectStore("sealed").put(sealed, name));
  }

  /** Forget personal data, for a lease that ran out. Events not yet sent stay, sealed. */
  async forgetPersonalData(): Promise<void> {
    const tx = this.#db.transaction(["sealed", "photos", "keys"], "readwrite");
    await Promise.all([
      tx.objectStore("sealed").clear(), tx.objectStore("photos").clear(), tx.objectStore("keys").clear(), tx.done,
    ]);
  }

  /** Where the chain ends. Readable without the vault, so that it never forks. */
  async chainEnd(): Promise<ChainEnd> {
    const cursor = await this.#db.transaction("outbox").store.openCursor(null, "prev");
    const kept = ((await this.#db.get("plain", "chain_end")) as ChainEnd | undefined) ?? { sequence: 0, hash: GENESIS };
    if (!cursor || cursor.value.sequence < kept.sequence) return kept;
    return { sequence: cursor.value.sequence, hash: cursor.value.hash };
  }

  async saveChainEnd(end: ChainEnd): Promise<void> {
    await this.#write("plain", (tx) => tx.objectStore("plain").put(end, "chain_end"));
  }

  /** Keep events, in one transaction, on disk before it resolves. Throws NotSaved: then none of them was kept. */
  async append(vault: Vault, events: BedsideEvent[]): Promise<void> {
    const rows: OutboxRow[] = [];
    for (const event of events) {
      const sealed = await vault.seal(event);
      const { sequence, id, hash } = event;
      rows.push({ sequence, id, hash, sealed, answer: null, answered_at: null, detail: null, findings: [] });
    }
    await this.#write("outbox", (tx) => Promise.all(rows.map((row) => tx.objectStore("outbox").add(row))));
  }

  async outbox(vault: Vault): Promise<OutboxEntry[]> {
    const entries: OutboxEntry[] = [];
    for (const row of await this.#db.getAll("outbox")) {
      const { answer, answered_at, detail, findings } = row;
      const event = await vault.unseal<BedsideEvent>(row.sealed);
      entries.push({ event, answer, answered_at, detail, findings });
    }
    return entries;
  }

  async unsentCount(): Promise<number> {
    return (await this.#db.getAll("outbox")).filter((row) => row.answer === null).length;
  }

  /** Note what the server answered. */
  async saveAnswers(entries: OutboxEntry[]): Promise<void> {
    await this.#write("outbox", async (tx) => {
      const outbox = tx.objectStore("outbox");
      for (const { event, answer, answered_at, detail, findings } of entries) {
        const row = await outbox.get(event.sequence);
        if (row) await outbox.put({ ...row, answer, answered_at, detail, findings });
      }
    });
  }

  /** Drop what was answered more than 14 days ago; the newest row always stays, to carry the chain on. */
  async dropOld(now: number): Promise<void> {
    const rows = await this.#db.getAll("outbox");
    const end = await this.chainEnd();
    await this.#db.put("plain", end, "chain_end");
    const tx = this.#db.transaction("outbox", "readwrite");
    for (const row of rows) {
      const isOld = row.answered_at !== null && row.answered_at < now - KEEP_ANSWERED_MS;
      if (isOld && row.sequence !== end.sequence) await tx.store.delete(row.sequence);
    }
    await tx.done;
  }

  /** A new enrolment starts a new chain. Refused with false while events wait to be sent. */
  async startAfresh(): Promise<boolean> {
    if ((await this.unsentCount()) > 0) return false;
    await this.forgetPersonalData();
    const tx = this.#db.transaction(["outbox", "plain"], "readwrite");
    await Promise.all([
      tx.objectStore("outbox").clear(), tx.objectStore("plain").delete("chain_end"),
      tx.objectStore("plain").delete("device"), tx.objectStore("plain").delete("tiles"), tx.done,
    ]);
    return true;
  }

  async photo(vault: Vault, url: string): Promise<Blob | null> {
    const row = await this.#db.get("photos", url);
    if (!row) return null;
    try {
      return new Blob([await vault.unsealBytes(row)], { type: row.type });
    } catch {
      return null;
    }
  }

  async savePhoto(vault: Vault, url: string, blob: Blob): Promise<void> {
    const sealed = await vault.sealBytes(new Uint8Array(await blob.arrayBuffer()));
    await this.#db.put("photos", { ...sealed, type: blob.type }, url);
  }

  async keepPhotos(urls: Set<string>): Promise<void> {
    for (const url of await this.#db.getAllKeys("photos")) {
      if (!urls.has(url)) await this.#db.delete("photos", url);
    }
  }

  async #write<Name extends "plain" | "sealed" | "outbox">(
    name: Name,
    work: (tx: ReturnType<typeof strictTransaction<Name>>) => Promise<unknown>,
  ): Promise<void> {
    try {
      const tx = strictTransaction(this.#db, name);
      // An aborted transaction rejects both; waiting for both leaves no rejection unheard.
      const [worked, done] = await Promise.allSettled([work(tx), tx.done]);
      if (worked.status === "rejected") throw worked.reason;
      if (done.status === "rejected") throw done.reason;
    } catch (cause) {
      throw new NotSaved(cause);
    }
  }
}

function strictTransaction<Name extends "plain" | "sealed" | "outbox">(db: IDBPDatabase<Schema>, name: Name) {
  return db.transaction(name, "readwrite", { durability: "strict" });
}
