import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { KEY_USE_NOTED_MS } from "../../../shared/limits.ts";
import { describeError, log } from "../../../shared/log.ts";
import type { Scope } from "../../../shared/scope.ts";
import { hashKey } from "../../../shared/secrets/api-key.ts";
import { type FoundKey, findKey, noteKeyUsed } from "../../../shared/storage/keys.ts";
import type { IngestApp } from "../app.ts";
import { Refusal } from "../http/problem.ts";
import { boundBody } from "../http/read-body.ts";
import { answerOnce } from "./idempotency.ts";
import { limitRate } from "./rate-limit.ts";
import { type Caller, scopesGiven, whoMay } from "./rules.ts";

/**
 * Runs before every route under /v1. Checks who may call it (rules.ts), how often (rate-limit.ts) and with what body
 * (read-body.ts), and answers a repeated request with the first response (idempotency.ts).
 */
export const requireKey = createMiddleware<IngestApp>(async (c, next) => {
  await authorize(c);
  const headers = await limitRate(c);
  await boundBody(c);
  const response = await answerOnce(c, next);
  if (response) c.res = response;
  const { headers: said } = c.res;
  // Answers hold secrets and what people said. One with an ETag is asked for again each time.
  if (!said.has("cache-control") && !said.has("etag")) c.header("cache-control", "no-store");
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
});

async function authorize(c: Context<IngestApp>): Promise<void> {
  const allowed = whoMay(c.req.method, c.req.path);
  if (allowed.length === 0) throw new Error(`access/rules.ts has no rule for ${c.req.method} ${c.req.path}`);
  const hash = await hashKey(readBearer(c.req.header("authorization")));
  const isOperator = sameText(hash, await hashKey(c.get("config").operatorKey));
  c.set("isOperator", isOperator);
  if (isOperator) {
    if (allowed.includes("operator")) return;
    throw new Refusal(
      "unauthorized",
      "The operator key opens nothing of a tenant's; send a key of the tenant.",
    );
  }
  const key = await findKey(c.env.DB, hash);
  if (!key || !sameText(key.hash, hash)) {
    throw new Refusal("unauthorized", "The API key is not known or has been revoked.");
  }
  const now = c.get("now")();
  if (key.expiresAt !== null && key.expiresAt <= now) {
    throw new Refusal("unauthorized", `The API key expired at ${new Date(key.expiresAt).toISOString()}.`);
  }
  requireScope(key, allowed);
  requireScopes(key, scopesGiven(c.req.method, c.req.path));
  if (key.jobId !== null && !isOfJob(c.req.path, key.jobId)) {
    throw new Refusal("not_found", "This link opens one job, and not this.");
  }
  c.set("key", key);
  if (now - (key.lastUsedAt ?? 0) >= KEY_USE_NOTED_MS) c.executionCtx.waitUntil(noteUse(c.env.DB, key, now));
}

/** A link to a job opens that job, everything under it but its links, and the list, which then has only that job. */
function isOfJob(path: string, jobId: string): boolean {
  const own = `/v1/jobs/${jobId}`;
  return path === "/v1/jobs" || path === own || (path.startsWith(`${own}/`) && path !== `${own}/share`);
}

function requireScope(key: FoundKey, allowed: readonly Caller[]): void {
  if (key.scopes.some((scope) => allowed.includes(scope))) return;
  const scopes = allowed.filter((caller) => caller !== "operator");
  if (scopes.length === 0) throw new Refusal("operator_only", "A tenant's key cannot do this.");
  throw new Refusal("scope_missing", `The API key lacks the scope ${scopes.join(" or ")}.`);
}

/** @throws Refusal unless the key has all of them */
export function requireScopes({ scopes }: FoundKey, needed: readonly Scope[]): void {
  const lacking = needed.filter((scope) => !scopes.includes(scope));
  if (lacking.length === 0) return;
  throw new Refusal(
    "scope_missing",
    `The API key lacks ${lacking.join(" and ")}, which this would give away.`,
  );
}

/** A failure here is logged. It must not fail the request. */
async function noteUse(db: D1Database, key: FoundKey, now: number): Promise<void> {
  await noteKeyUsed(db, key.id, now).catch((error: unknown) =>
    log("key.use_not_noted", { key_id: key.id, error: describeError(error) }),
  );
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
