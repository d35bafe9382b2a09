/**
 * Standard Webhooks (standardwebhooks.com, spec 1.0.0): v1 is HMAC-SHA256, v1a is ed25519, both over
 * `id.timestamp.body`, on the exact bytes that travel. No clock, no randomness: both are arguments.
 */

const SECRET_PREFIX = "whsec_";
const PRIVATE_KEY_PREFIX = "whsk_";
const PUBLIC_KEY_PREFIX = "whpk_";
const SECRET_BYTES = 32;
/** The bytes before the 32 bytes of an ed25519 private key in PKCS #8 (RFC 8410). */
const PKCS8_HEAD = Uint8Array.from([
  0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
]);
/** The spec's bounds for a symmetric secret. */
const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;
/** The tolerance of the Standard Webhooks libraries, in both directions. */
const TOLERANCE_SECONDS = 300;

const HMAC = { name: "HMAC", hash: "SHA-256" };

/** A type, not an interface, so that it fits where a `Record<string, string>` is expected. */
export type WebhookHeaders = {
  "webhook-id": string;
  "webhook-timestamp": string;
  "webhook-signature": string;
};

/** `Headers`, or a plain object in any case, such as Node's `request.headers`. */
export type ReceivedHeaders =
  | { get(name: string): string | null }
  | { [name: string]: string | string[] | undefined };

/** Why a webhook must not be believed. */
export type WebhookProblem =
  | "headers_missing"
  | "timestamp_invalid"
  | "too_old"
  | "too_new"
  | "signature_wrong";

/**
 * The three headers of one attempt.
 *
 * @param secrets `whsec_…` (v1) or `whsk_…` (v1a), the current one first; each adds one signature, so that a receiver
 *   still holding a previous secret can verify too.
 * @param id stays the same over all attempts; a dot in it would make `id.timestamp.body` ambiguous.
 * @param timestampSeconds when this attempt is made, in whole seconds since 1970.
 * @throws RangeError when there is no secret, or a secret, the id or the timestamp is malformed: a bug of the caller.
 */
export async function signWebhook(
  secrets: readonly string[],
  id: string,
  timestampSeconds: number,
  body: Uint8Array | string,
): Promise<WebhookHeaders> {
  if (secrets.length === 0) throw new RangeError("signing a webhook takes at least one secret");
  if (!/^[\w-]+$/.test(id)) throw new RangeError("a webhook id holds letters, digits, _ and - only");
  if (!Number.isSafeInteger(timestampSeconds) || timestampSeconds < 0) {
    throw new RangeError("a webhook timestamp is in whole seconds since 1970");
  }
  const timestamp = String(timestampSeconds);
  const content = signedContent(id, timestamp, body);
  const signatures = await Promise.all(secrets.map((secret) => signOnce(secret, content)));
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
}

/**
 * What is wrong with a received webhook; null: it was signed with this secret, within the tolerance. Signatures are
 * compared in constant time.
 *
 * @param body exactly the bytes received: parsed and printed again, JSON has other bytes.
 * @throws RangeError when the secret is not a `whsec_…`.
 */
export async function findWebhookProblem(
  secret: string,
  headers: ReceivedHeaders,
  body: Uint8Array | string,
  nowSeconds: number,
  toleranceSeconds: number = TOLERANCE_SECONDS,
): Promise<WebhookProblem | null> {
  const key = await importSecret(secret, "verify");
  const id = readHeader(headers, "webhook-id");
  const timestamp = readHeader(headers, "webhook-timestamp");
  const signatures = readHeader(headers, "webhook-signature");
  if (!id || !timestamp || !signatures) return "headers_missing";
  if (!/^\d{1,15}$/.test(timestamp)) return "timestamp_invalid";
  if (nowSeconds - Number(timestamp) > toleranceSeconds) return "too_old";
  if (Number(timestamp) - nowSeconds > toleranceSeconds) return "too_new";

  const content = signedContent(id, timestamp, body);
  for (const entry of signatures.split(" ")) {
    const signature = entry.startsWith("v1,") ? decodeBase64(entry.slice("v1,".length)) : null;
    // The platform's HMAC verify compares in constant time.
    if (signature && (await crypto.subtle.verify("HMAC", key, signature, content))) return null;
  }
  return "signature_wrong";
}

/** A secret for a customer, made of 32 random bytes: `whsec_` and their base64. */
export function newWebhookSecret(random: Uint8Array): string {
  if (random.length !== SECRET_BYTES)
    throw new RangeError(`a webhook secret is ${SECRET_BYTES} random bytes`);
  return SECRET_PREFIX + encodeBase64(random);
}

/** An ed25519 pair made of 32 random bytes: `whsk_…` signs and stays with us, `whpk_…` is public and verifies. */
export async function newSigningPair(random: Uint8Array): Promise<{ privateKey: string; publicKey: string }> {
  if (random.length !== SECRET_BYTES) throw new RangeError(`an ed25519 key is ${SECRET_BYTES} random bytes`);
  const privateKey = PRIVATE_KEY_PREFIX + encodeBase64(random);
  const jwk = await crypto.subtle.exportKey("jwk", await importPrivateKey(privateKey, true));
  const publicBytes = decodeBase64((("x" in jwk && jwk.x) || "").replaceAll("-", "+").replaceAll("_", "/"));
  if (!publicBytes) throw new Error("an ed25519 key has a public half");
  return { privateKey, publicKey: PUBLIC_KEY_PREFIX + encodeBase64(publicBytes) };
}

async function signOnce(secret: string, content: Uint8Array<ArrayBuffer>): Promise<string> {
  if (secret.startsWith(PRIVATE_KEY_PREFIX)) {
    const signature = await crypto.subtle.sign("Ed25519", await importPrivateKey(secret, false), content);
    return `v1a,${encodeBase64(new Uint8Array(signature))}`;
  }
  const mac = await crypto.subtle.sign("HMAC", await importSecret(secret, "sign"), content);
  return `v1,${encodeBase64(new Uint8Array(mac))}`;
}

async function importSecret(secret: string, usage: "sign" | "verify"): Promise<CryptoKey> {
  const bytes = secret.startsWith(SECRET_PREFIX) ? decodeBase64(secret.slice(SECRET_PREFIX.length)) : null;
  if (!bytes || bytes.length < MIN_SECRET_BYTES || bytes.length > MAX_SECRET_BYTES) {
    // The message does not contain the secret, since messages end up in logs.
    throw new RangeError("a webhook secret is whsec_ and the base64 of 24 to 64 bytes");
  }
  return crypto.subtle.importKey("raw", bytes, HMAC, false, [usage]);
}

async function importPrivateKey(key: string, extractable: boolean): Promise<CryptoKey> {
  const bytes = decodeBase64(key.slice(PRIVATE_KEY_PREFIX.length));
  if (bytes?.length !== SECRET_BYTES)
    throw new RangeError("a private key is whsk_ and the base64 of 32 bytes");
  const pkcs8 = new Uint8Array([...PKCS8_HEAD, ...bytes]);
  return crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", extractable, ["sign"]);
}

function signedContent(id: string, timestamp: string, body: Uint8Array | string): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const head = encoder.encode(`${id}.${timestamp}.`);
  const tail = typeof body === "string" ? encoder.encode(body) : body;
  const content = new Uint8Array(head.length + tail.length);
  content.set(head);
  content.set(tail, head.length);
  return content;
}

function readHeader(headers: ReceivedHeaders, name: string): string | null {
  if (hasGet(headers)) return headers.get(name);
  for (const [key, value] of Object.entries(headers)) {
    if (key.toLowerCase() === name && typeof value === "string") return value;
  }
  return null;
}

function hasGet(headers: ReceivedHeaders): headers is { get(name: string): string | null } {
  return typeof headers.get === "function";
}

// btoa and atob, not Buffer: the client uses this file in browsers too.
function encodeBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return null;
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return null; // no base64 has this length
  }
}
