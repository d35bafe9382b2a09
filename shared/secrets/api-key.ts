import { sha256Hex } from "../sha256.ts";

const SECRET_BYTES = 32;

/** An API key, shown once; only its hash is kept. */
export function newKeySecret(
  bytes: Uint8Array = crypto.getRandomValues(new Uint8Array(SECRET_BYTES)),
): string {
  return `dk_${Buffer.from(bytes).toString("base64url")}`;
}

/** SHA-256 of an API key, hex: what is stored in its place. Keys are random, so no salt or slow hash is needed. */
export function hashKey(key: string): Promise<string> {
  return sha256Hex(key);
}
