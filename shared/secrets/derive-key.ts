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
