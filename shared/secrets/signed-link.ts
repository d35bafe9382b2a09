import type { CallPurpose } from "../answer-slice.ts";
import { deriveKeyBytes } from "./derive-key.ts";
import { readSigningKeys } from "./signing-keys.ts";

/** The call to the speech API that fetches it: job, attempt, part and purpose. */
export type CallKey = [jobId: string, attempt: number, part: number, purpose: CallPurpose];

/** What a signed link grants, and until when (seconds since 1970). With a `keyId` it ends with that API key. */
type Grant =
  | { kind: "audio"; key: string; contentType: string; expires: number; call?: CallKey; keyId?: string }
  /** Without a layer: the machine's, whose sha256 is in the job's result. */
  | { kind: "transcript"; jobId: string; expires: number; layer?: "edited" };

/**
 * The path of a link that needs no key: `/media/{token}/{name}`. The token is the grant and its HMAC-SHA256, both
 * base64url. The name is for the reader (the speech API looks at its extension) and is not part of the grant.
 */
export async function signLink(signingKey: string, grant: Grant, name: string): Promise<string> {
  const [current] = readSigningKeys(signingKey);
  const payload = Buffer.from(JSON.stringify(grant)).toString("base64url");
  const mac = await crypto.subtle.sign("HMAC", await linkKey(current), new TextEncoder().encode(payload));
  return `/media/${payload}.${Buffer.from(mac).toString("base64url")}/${encodeURIComponent(name)}`;
}

/** The grant of a token, or null when it is not ours, was changed or has expired. */
export async function openLink(signingKey: string, token: string, nowMs: number): Promise<Grant | null> {
  const [payload, mac, ...rest] = token.split(".");
  if (!payload || !mac || rest.length > 0) return null;
  const signature = Buffer.from(mac, "base64url");
  const signed = new TextEncoder().encode(payload);
  const checks = readSigningKeys(signingKey).map(async (key) =>
    crypto.subtle.verify("HMAC", await linkKey(key), signature, signed),
  );
  if (!(await Promise.all(checks)).includes(true)) return null;
  const grant = JSON.parse(Buffer.from(payload, "base64url").toString()) as Grant; // only we can sign it
  return grant.expires * 1000 > nowMs ? grant : null;
}

async function linkKey(key: string): Promise<CryptoKey> {
  const bytes = await deriveKeyBytes(key, "link");
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}
