/** Slack signs `v0:{timestamp}:{body}`. A request whose time is further off than this may be a replay. */
const MAX_AGE_SECONDS = 300;

type SignedRequest = {
  /** Exactly as received. */
  body: string;
  timestamp: string | undefined;
  signature: string | undefined;
};

/**
 * Whether Slack signed the request just now. Compares in constant time.
 * https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export async function isSignedBySlack(
  signingSecret: string,
  { body, timestamp, signature }: SignedRequest,
  nowMs: number,
): Promise<boolean> {
  const hex = /^v0=([0-9a-f]{64})$/.exec(signature ?? "")?.[1];
  if (!hex || !/^\d{1,12}$/.test(timestamp ?? "")) return false;
  if (Math.abs(nowMs / 1000 - Number(timestamp)) > MAX_AGE_SECONDS) return false;
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(signingSecret), algorithm, false, [
    "verify",
  ]);
  const signed = encoder.encode(`v0:${timestamp}:${body}`);
  return crypto.subtle.verify("HMAC", key, Buffer.from(hex, "hex"), signed);
}
