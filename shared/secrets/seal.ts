import { deriveKeyBytes } from "./derive-key.ts";
import { readSigningKeys } from "./signing-keys.ts";

const IV_BYTES = 12;
const KEY_ID_BYTES = 6;

/**
 * Encrypts a small secret for storage: AES-256-GCM under a key derived from the first key of SIGNING_KEY.
 * The result is `v2.` + the key's id + `.` + base64url(iv ‖ ciphertext ‖ tag).
 */
export async function seal(
  signingKey: string,
  secret: string,
  iv: Uint8Array<ArrayBuffer> = crypto.getRandomValues(new Uint8Array(IV_BYTES)),
): Promise<string> {
  const [current] = readSigningKeys(signingKey);
  const key = await sealingKey(current);
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(secret));
  const body = Buffer.concat([iv, new Uint8Array(sealed)]).toString("base64url");
  return `v2.${await keyIdOf(current)}.${body}`;
}

/** @throws Error when no key of SIGNING_KEY sealed this, or it was changed. */
export async function unseal(signingKey: string, sealed: string): Promise<string> {
  const [version, id, body] = sealed.split(".");
  if (version === "v1" && id) return unsealNameless(signingKey, id);
  for (const key of readSigningKeys(signingKey)) {
    if (version === "v2" && body && (await keyIdOf(key)) === id) return open(key, body);
  }
  throw new Error(`sealed with the key ${id}, which SIGNING_KEY does not hold`);
}

/** The id of the key that sealed this; empty in the first version, which had none. */
export function sealedWith(sealed: string): string {
  const [version, id] = sealed.split(".");
  return (version === "v2" && id) || "";
}

/** The id of the key that seals now. */
export function currentKeyId(signingKey: string): Promise<string> {
  return keyIdOf(readSigningKeys(signingKey)[0]);
}

/** The ids of the keys that only open. */
export async function olderKeyIds(signingKey: string): Promise<string[]> {
  const [current, ...before] = readSigningKeys(signingKey);
  const ids = await Promise.all(before.filter((key) => key !== current).map(keyIdOf));
  return [...new Set(ids)];
}

async function unsealNameless(signingKey: string, body: string): Promise<string> {
  const attempts = readSigningKeys(signingKey).map((key) => open(key, body));
  return Promise.any(attempts);
}

async function open(key: string, body: string): Promise<string> {
  const bytes = Buffer.from(body, "base64url");
  const iv = bytes.subarray(0, IV_BYTES);
  const sealed = bytes.subarray(IV_BYTES);
  const secret = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, await sealingKey(key), sealed);
  return new TextDecoder().decode(secret);
}

async function keyIdOf(key: string): Promise<string> {
  const bytes = await deriveKeyBytes(key, "key-id");
  return Buffer.from(bytes, 0, KEY_ID_BYTES).toString("base64url");
}

async function sealingKey(key: string): Promise<CryptoKey> {
  const bytes = await deriveKeyBytes(key, "seal");
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}
