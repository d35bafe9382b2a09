/**
 * 32 bytes for one purpose from the one SIGNING_KEY (HKDF-SHA256), so that a leak of one use gives away no other.
 */
export async function deriveKeyBytes(signingKey: string, purpose: "seal" | "link"): Promise<ArrayBuffer> {
  const encoder = new TextEncoder();
  const root = await crypto.subtle.importKey("raw", encoder.encode(signingKey), "HKDF", false, [
    "deriveBits",
  ]);
  const info = encoder.encode(`diarist:${purpose}`);
  return crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info }, root, 256);
}
