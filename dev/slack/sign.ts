import { createHmac } from "node:crypto";

/** Slack's `v0` scheme: HMAC-SHA256 over `v0:timestamp:body`. The timestamp is in seconds. */
export function sign(secret: string, timestamp: string, body: string): string {
  return `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex")}`;
}
