import { deriveKeyBytes } from "./derive-key.ts";

const IV_BYTES = 12;

/**
 * Encrypts a small secret for storage: AES-256-GCM under a key derived from SIGNING_KEY.
 * The result is `v1.` + base64url(iv ‖ ciphertext ‖ tag).
 */
export async function seal(
  signingKey: string,
  secret: string,
  iv: Uint8Array<ArrayBuffer> = crypto.getRandomValues(new Uint8Array(IV_BYTES)),
): Promise<string> {
  const key = await sealingKey(signingKey);
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(secret));
  return `v1.${Buffer.concat([iv, new Uint8Array(sealed)]).toString("base64url")}`;
}

/** @throws Error when the text was sealed under another key or has been changed. */
export async function unseal(signingKey: string, sealed: string): Promise<string> {
  const bytes = Buffer.from(sealed.slice("v1.".length), "base64url");
  const key = await sealingKey(signingKey);
  const iv = bytes.subarray(0, IV_BYTES);
  const secret = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, bytes.subarray(IV_BYTES));
  return new TextDecoder().decode(secret);
}

async function sealingKey(signingKey: string): Promise<CryptoKey> {
  const bytes = await deriveKeyBytes(signingKey, "seal");
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}
