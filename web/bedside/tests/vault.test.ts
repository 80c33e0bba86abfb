/** Does a right PIN open the device, a wrong one nothing, and is what is stored unreadable? */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PinVerifier } from "../src/model.ts";
import { Vault, keyFromPin, openWithPin, proof, takeVerifiers, toHex, wrapKey } from "../src/vault.ts";

const STORAGE_KEY = "0123456789abcdef".repeat(4);
const SALT = "00112233445566778899aabbccddeeff";

async function verifierOf(pin: string): Promise<PinVerifier> {
  return { algorithm: "pbkdf2-sha256", salt: SALT, iterations: 1000, key: toHex(await keyFromPin(pin, SALT, 1000)) };
}

test("PBKDF2 gives the bytes that Python's hashlib gives", async () => {
  // hashlib.pbkdf2_hmac("sha256", b"4071", bytes.fromhex(SALT), 1000).hex()
  assert.equal(toHex(await keyFromPin("4071", SALT, 1000)), "05e6b5288773053eace990fc36748d539a56dcfa90c49a91c572da6980126bb1");
});

test("the right PIN opens the storage key, every other PIN of four digits tried does not", async () => {
  const entry = await wrapKey(STORAGE_KEY, 7, await verifierOf("4071"));
  assert.equal((await openWithPin(entry, "4071"))?.storageKey, STORAGE_KEY);
  for (const pin of ["4070", "0471", "40711", "", "407"]) assert.equal(await openWithPin(entry, pin), null, pin);
});

test("neither the storage key nor the PIN's key is in what is stored", async () => {
  const verifier = await verifierOf("4071");
  const { staff, keys } = await takeVerifiers(
    [{ id: 7, display_name: "Anna", initials: "AN", role: "carer", pin_verifier: verifier }], STORAGE_KEY,
  );
  const stored = JSON.stringify({ staff, keys });
  assert.ok(!stored.includes(STORAGE_KEY) && !stored.includes(verifier.key));
  assert.equal(keys.length, 1);
});

test("what is sealed cannot be read, is never the same twice, and a changed byte is noticed", async () => {
  const vault = await Vault.open(STORAGE_KEY);
  const [first, second] = [await vault.seal({ name: "Joan Whitfield" }), await vault.seal({ name: "Joan Whitfield" })];
  assert.ok(!Buffer.from(first.bytes).toString("latin1").includes("Joan"));
  assert.notDeepEqual(Buffer.from(first.bytes), Buffer.from(second.bytes));
  assert.deepEqual(await vault.unseal(first), { name: "Joan Whitfield" });
  const changed = new Uint8Array(first.bytes.slice(0));
  changed[3]! ^= 1;
  await assert.rejects(vault.unseal({ ...first, bytes: changed.buffer }));
  await assert.rejects((await Vault.open("f".repeat(64))).unseal(first));
});

test("a witness's proof is for one event only", async () => {
  const own = toHex(await keyFromPin("4071", SALT, 1000));
  assert.notEqual(await proof(own, "event-1:8"), await proof(own, "event-2:8"));
  // hmac.new(key, b"event-1:8", "sha256").hexdigest()
  assert.equal(await proof(own, "event-1:8"), "076c85cc59dffe66d62797e516febbf99dbbd0bfdd8e88b75cc96752ceb67f07");
});
