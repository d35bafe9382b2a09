import { createMiddleware } from "hono/factory";
import { findKey } from "../../shared/storage/tenants.ts";
import type { IngestApp } from "./app.ts";
import { Refusal } from "./problem.ts";

/** Lets a tenant's key pass and puts it in the context. */
export const requireKey = createMiddleware<IngestApp>(async (c, next) => {
  const token = readBearer(c.req.header("authorization"));
  const hash = await hashKey(token);
  const key = await findKey(c.env.DB, hash);
  if (!key || !sameText(key.hash, hash)) {
    throw new Refusal("unauthorized", "The API key is not known or has been revoked.");
  }
  c.set("key", key);
  await next();
});

/** Lets the operator's key pass. */
export const requireOperator = createMiddleware<IngestApp>(async (c, next) => {
  const token = readBearer(c.req.header("authorization"));
  const isOperator = sameText(await hashKey(token), await hashKey(c.get("config").operatorKey));
  if (!isOperator) {
    const known = await findKey(c.env.DB, await hashKey(token));
    throw known
      ? new Refusal("operator_only", "A tenant's key cannot do this.")
      : new Refusal("unauthorized", "The operator key is wrong.");
  }
  await next();
});

/** SHA-256 of an API key, hex: what is stored in its place. Keys are random, so no salt or slow hash is needed. */
export async function hashKey(key: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  return Buffer.from(digest).toString("hex");
}

function readBearer(header: string | undefined): string {
  const token = /^Bearer +(\S+) *$/i.exec(header ?? "")?.[1];
  if (!token) throw new Refusal("unauthorized", "The request carries no API key.");
  return token;
}

/** Compares two hashes in constant time. */
function sameText(a: string, b: string): boolean {
  const [left, right] = [new TextEncoder().encode(a), new TextEncoder().encode(b)];
  if (left.byteLength !== right.byteLength) return false;
  let difference = 0;
  for (const [n, byte] of left.entries()) difference |= byte ^ (right[n] ?? 0);
  return difference === 0;
}
