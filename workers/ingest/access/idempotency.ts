import type { Context, Next } from "hono";
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
import type { IngestApp } from "../app.ts";
import { Refusal } from "../http/problem.ts";
import { readText, readUpTo } from "../http/read-body.ts";
import { Run, refuseOtherRequest } from "./run.ts";

/**
 * Idempotency-Key on any POST. The first request with a key runs, under a claim with a lease. The same request again
 * waits for it and gets its response. Another request with the same key is refused. If a Worker dies, its claim runs
 * out, and the next run finds what the first has made, since its id follows from the key (`Run.idFor`).
 * @returns the response of the first request, or undefined: the request ran, and its response is in the context
 */
export async function answerOnce(c: Context<IngestApp>, next: Next): Promise<Response | undefined> {
  const given = c.req.header("idempotency-key");
  if (given === undefined || c.req.method !== "POST") {
    startRun(c, null);
    return void (await next());
  }
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
    if (request.fingerprint !== fingerprint) throw refuseOtherRequest();
    if (isTaken) return runOnce(c, next, request);
    if (request.status !== null) return answerAgain(c, next, request);
    if (now() >= until) {
      throw new Refusal("request_in_progress", "The first request with this key has not ended yet.", [], {
        headers: { "retry-after": "5" },
      });
    }
    await scheduler.wait(pause);
  }
}

/**
 * Hash of who sends a request, since an answer may hold a secret or what another key may not read; of what it says before
 * its body; and of a JSON body itself. A streamed body is compared by its content,
 * once that is known. A form's length tells nothing, since each client and each try has its own boundary.
 */
async function fingerprintOf(c: Context<IngestApp>): Promise<string> {
  const type = c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  let body: string | undefined;
  if (type === "application/json") body = await readText(c);
  else if (type !== "multipart/form-data") body = c.req.header("content-length");
  const { pathname, search } = new URL(c.req.url);
  const said = ["upload-length", "upload-metadata", "x-http-method-override"].map((name) =>
    c.req.header(name),
  );
  const caller = c.get("isOperator") ? "operator" : c.get("key").id;
  return sha256Hex(JSON.stringify([caller, pathname, search, type, body, ...said]));
}

/** @param claimed null: the request has no Idempotency-Key */
function startRun(c: Context<IngestApp>, claimed: IdempotentRequest | null): Run {
  const run = new Run(claimed, c.req.raw, c.get("now"));
  c.set("run", run);
  return run;
}

/** Runs the request under its claim. Keeping the response goes on after the client has disconnected. */
async function runOnce(c: Context<IngestApp>, next: Next, claimed: IdempotentRequest): Promise<undefined> {
  const { DB } = c.env;
  const now = c.get("now");
  const beat = () => renewRequest(DB, claimed, now()).catch(() => undefined); // the next one may get through
  const timer = setInterval(() => void beat(), IDEMPOTENCY_BEAT_MS);
  const current = startRun(c, claimed);
  const ran = next().then(() => c.res.clone());
  const kept = ran
    .then((response) => keep(c, claimed, response, current.contentHash))
    .catch((error: unknown) => {
      log("request.answer_not_kept", { request_id: c.get("requestId"), error: describeError(error) });
    });
  c.executionCtx.waitUntil(kept.finally(() => clearInterval(timer)));
  await ran;
}

/**
 * A refusal frees the key, unless it was refused as another request: the right one may still come. After an error of
 * ours the next run goes on where this one stopped.
 */
async function keep(
  c: Context<IngestApp>,
  claimed: IdempotentRequest,
  response: Response,
  content: string | null,
): Promise<void> {
  const body = await readUpTo(MAX_KEPT_ANSWER_BYTES, response.body);
  const isOther = c.error instanceof Refusal && c.error.code === "idempotency_key_reused";
  if (response.status >= 500 || isOther) return releaseRequest(c.env.DB, claimed, c.get("now")());
  if (response.status >= 400) return forgetRequest(c.env.DB, claimed);
  await answerRequest(c.env.DB, claimed, {
    status: response.status,
    headers: JSON.stringify([...response.headers]),
    body: body === null ? null : await seal(c.get("config").signingKey, body),
    content,
  });
}

/** The response of the first request. One that was too large to keep is made again from what that request made. */
async function answerAgain(
  c: Context<IngestApp>,
  next: Next,
  request: IdempotentRequest,
): Promise<Response | undefined> {
  const repeat = startRun(c, request);
  if (request.content !== null) await repeat.requireContent(request.content);
  if (request.body === null) return void (await next());
  const body = await unseal(c.get("config").signingKey, request.body);
  const headers = new Headers(JSON.parse(request.headers ?? "[]") as [string, string][]); // written by `keep`
  headers.set("idempotency-replayed", "true");
  return new Response(body === "" ? null : body, { status: Number(request.status), headers });
}
