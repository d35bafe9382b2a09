/** Shorter words of a setting with white space are part of one key, not keys. */
const MIN_LISTED_KEY_CHARACTERS = 32;

/** 32 bytes for one purpose from one key of SIGNING_KEY (HKDF-SHA256), so that a leak of one use reveals no other. */
export async function deriveKeyBytes(
  key: string,
  purpose: "seal" | "link" | "key-id" | `share ${string}`,
): Promise<ArrayBuffer> {
  const encoder = new TextEncoder();
  const root = await crypto.subtle.importKey("raw", encoder.encode(key), "HKDF", false, ["deriveBits"]);
  const info = encoder.encode(`diarist:${purpose}`);
  return crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info }, root, 256);
}

/**
 * The keys in the setting SIGNING_KEY, separated by white space. The first signs and seals; the others only open what
 * was made with them before the key was changed (docs/operations.md).
 */
export function readSigningKeys(setting: string): [current: string, ...before: string[]] {
  const [current, ...before] = setting.trim().split(/\s+/);
  const isList = [current ?? "", ...before].every((key) => key.length >= MIN_LISTED_KEY_CHARACTERS);
  return current && isList ? [current, ...before] : [setting];
}
