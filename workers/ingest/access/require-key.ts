import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { KEY_USE_NOTED_MS } from "../../../shared/limits.ts";
import { describeError, log } from "../../../shared/log.ts";
import { hashKey } from "../../../shared/secrets/api-key.ts";
import { type FoundKey, findKey, noteKeyUsed } from "../../../shared/storage/keys.ts";
import type { IngestApp } from "../app.ts";
import { Refusal } from "../http/problem.ts";
import { answerOnce } from "./idempotency.ts";
import { limitRate } from "./rate-limit.ts";
import { type Caller, whoMay } from "./rules.ts";

/**
 * What stands before every route under /v1: who may (access.ts), how often (rate-limit.ts), and that a repeated request
 * is run once (idempotency.ts).
 */
export const requireKey = createMiddleware<IngestApp>(async (c, next) => {
  await authorize(c);
  const headers = await limitRate(c);
  const answer = await answerOnce(c, next);
  if (answer) c.res = answer;
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
});

async function authorize(c: Context<IngestApp>): Promise<void> {
  const allowed = whoMay(c.req.method, c.req.path);
  if (allowed.length === 0) throw new Error(`access.ts has no rule for ${c.req.method} ${c.req.path}`);
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
  if (key.jobId !== null && !isOfJob(c.req.path, key.jobId)) {
    throw new Refusal("not_found", "This link opens one job, and not this.");
  }
  c.set("key", key);
  if (now - (key.lastUsedAt ?? 0) >= KEY_USE_NOTED_MS) c.executionCtx.waitUntil(noteUse(c.env.DB, key, now));
}

/** What a link to a job opens: the list of it alone, the job and all that is under it, but for its links. */
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

/** That a key was used is worth a line in the log, not a failed request. */
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
