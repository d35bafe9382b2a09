import type { Context, Next } from "hono";
import { type IdPrefix, newId } from "../../../shared/id.ts";
import type { Job } from "../../../shared/job.ts";
import {
  IDEMPOTENCY_BEAT_MS,
  IDEMPOTENCY_LIFE_MS,
  IDEMPOTENCY_WAIT_MS,
  MAX_IDEMPOTENCY_KEY_CHARACTERS,
  MAX_KEPT_ANSWER_BYTES,
} from "../../../shared/limits.ts";
import { describeError, log } from "../../../shared/log.ts";
import { seal, unseal } from "../../../shared/secrets/seal.ts";
import { sha256Hex } from "../../../shared/sha256.ts";
import {
  answerRequest,
  claimRequest,
  forgetRequest,
  type IdempotentRequest,
  releaseRequest,
  renewRequest,
} from "../../../shared/storage/idempotency.ts";
import { readJob } from "../../../shared/storage/jobs.ts";
import type { IngestApp } from "../app.ts";
import { Refusal } from "../http/problem.ts";
import { readText } from "../http/read-json.ts";
import { readUpTo } from "../http/read-up-to.ts";
import { type Content, readContent } from "../multipart/content-hash.ts";

/**
 * Idempotency-Key on any POST: the first request with a key is run, under a claim with a lease; the same one again waits
 * for it and gets its answer; another one with the same key is refused. A Worker that dies lets its claim run out, and
 * the next run finds what the first has made, since its id follows from the key (`idFor`).
 */
export async function answerOnce(c: Context<IngestApp>, next: Next): Promise<Response | undefined> {
  const given = c.req.header("idempotency-key");
  if (given === undefined || c.req.method !== "POST") return void (await next());
  if (given.length > MAX_IDEMPOTENCY_KEY_CHARACTERS || !/^[\x21-\x7e]+$/.test(given)) {
    throw new Refusal(
      "invalid_idempotency_key",
      "Idempotency-Key must be 1 to 255 visible ASCII characters.",
    );
  }
  const fingerprint = await fingerprintOf(c);
  const tenantId = c.get("isOperator") ? "operator" : c.get("key").tenantId;
  const name = { tenantId, key: await sha256Hex(given) };
  const now = c.get("now");
  const until = now() + IDEMPOTENCY_WAIT_MS;
  for (let pause = 100; ; pause = Math.min(1_000, pause * 1.5)) {
    const since = now() - IDEMPOTENCY_LIFE_MS;
    const { request, isTaken } = await claimRequest(c.env.DB, name, fingerprint, since, now());
    if (request.fingerprint !== fingerprint) throw refuseOther();
    if (isTaken) return run(c, next, request);
    if (request.status !== null) return replay(c, next, request);
    if (now() >= until) {
      throw new Refusal("request_in_progress", "The first request with this key has not ended yet.", [], {
        headers: { "retry-after": "5" },
      });
    }
    await scheduler.wait(pause);
  }
}

/** The id of what this request makes: a repeated run makes the same one. */
export async function idFor(
  c: Context<IngestApp>,
  prefix: IdPrefix,
): Promise<{ id: string; createdAt: number }> {
  const held = c.get("idempotent");
  const createdAt = held?.createdAt ?? c.get("now")();
  if (!held) return { id: newId(prefix, createdAt), createdAt };
  const digest = await sha256Hex([held.tenantId, held.key, prefix].join(" "));
  return { id: newId(prefix, createdAt, Buffer.from(digest, "hex")), createdAt };
}

/** Whether an earlier run of this request may have done its work and could not say so. */
export function wasRunBefore(c: Context<IngestApp>): boolean {
  const held = c.get("idempotent");
  return held !== undefined && (held.claim > 1 || held.status !== null);
}

/** The job that an earlier run of this request has made. */
export async function jobMadeBefore(c: Context<IngestApp>): Promise<Job | null> {
  if (!wasRunBefore(c)) return null;
  const { id } = await idFor(c, "job");
  return readJob(c.env.DB, c.get("key").tenantId, id);
}

/**
 * What a request says before its body, and a JSON body itself. What is streamed is compared by `content`, once it is
 * known; a form's length tells nothing, since each client and each try has its own boundary.
 */
async function fingerprintOf(c: Context<IngestApp>): Promise<string> {
  const type = c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  let body: string | undefined;
  if (type === "application/json") {
    body = await readText(c.req.raw);
    c.req.raw = new Request(c.req.raw, { body });
  } else if (type !== "multipart/form-data") {
    body = c.req.header("content-length");
  }
  const { pathname, search } = new URL(c.req.url);
  const said = ["upload-length", "upload-metadata", "x-http-method-override"].map((name) =>
    c.req.header(name),
  );
  return sha256Hex(JSON.stringify([pathname, search, type, body, ...said]));
}

/** Runs it under the claim. What follows the answer goes on when the client has gone. */
async function run(c: Context<IngestApp>, next: Next, held: IdempotentRequest): Promise<undefined> {
  c.set("idempotent", held);
  const { DB } = c.env;
  const now = c.get("now");
  const beat = () => renewRequest(DB, held, now()).catch(() => undefined); // the next one may get through
  const timer = setInterval(() => void beat(), IDEMPOTENCY_BEAT_MS);
  const ran = next().then(() => c.res.clone());
  const kept = ran
    .then((answer) => keep(c, held, answer))
    .catch((error: unknown) => {
      log("request.answer_not_kept", { request_id: c.get("requestId"), error: describeError(error) });
    });
  c.executionCtx.waitUntil(kept.finally(() => clearInterval(timer)));
  await ran;
}

/**
 * A refusal frees the key, but not that of another request, whose own may still come; after an error of ours the next
 * run goes on where this one stopped.
 */
async function keep(c: Context<IngestApp>, held: IdempotentRequest, answer: Response): Promise<void> {
  const body = await readUpTo(MAX_KEPT_ANSWER_BYTES, answer.body);
  const isOther = c.error instanceof Refusal && c.error.code === "idempotency_key_reused";
  if (answer.status >= 500 || isOther) return releaseRequest(c.env.DB, held, c.get("now")());
  if (answer.status >= 400) return forgetRequest(c.env.DB, held);
  await answerRequest(c.env.DB, held, {
    status: answer.status,
    headers: JSON.stringify([...answer.headers]),
    body: body === null ? null : await seal(c.get("config").signingKey, body),
    content: c.get("content") ?? null,
  });
}

async function replay(
  c: Context<IngestApp>,
  next: Next,
  request: IdempotentRequest,
): Promise<Response | undefined> {
  if (request.content !== null && (await contentOf(c)).hash !== request.content) throw refuseOther();
  if (request.body === null) {
    c.set("idempotent", request);
    return void (await next());
  }
  const body = await unseal(c.get("config").signingKey, request.body);
  const headers = new Headers(JSON.parse(request.headers ?? "[]") as [string, string][]); // written by `keep`
  headers.set("idempotency-replayed", "true");
  return new Response(body === "" ? null : body, { status: Number(request.status), headers });
}

/**
 * The content of a request that is run again, whose job an earlier run has made: that run may have died before it could
 * keep what to compare, so the recording is compared with the job's.
 */
export async function contentFor(c: Context<IngestApp>, job: Job): Promise<Content> {
  const content = await contentOf(c);
  if (content.recording !== null && job.audio.sha256 !== null && content.recording !== job.audio.sha256) {
    throw refuseOther();
  }
  c.set("content", content.hash);
  return content;
}

/** Read once. A body that cannot be read is not the one that could. */
async function contentOf(c: Context<IngestApp>): Promise<Content> {
  const known = c.get("read");
  if (known) return known;
  const content = await readContent(c.req.raw).catch(() => {
    throw refuseOther();
  });
  c.set("read", content);
  return content;
}

function refuseOther(): Refusal {
  return new Refusal("idempotency_key_reused", "Another request was sent with this Idempotency-Key.");
}
