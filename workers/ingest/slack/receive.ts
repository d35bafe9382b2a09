import type { Context } from "hono";
import { MAX_SLACK_BODY_BYTES } from "../../../shared/limits.ts";
import { describeError, log } from "../../../shared/log.ts";
import { slackMessage } from "../../../shared/queue/message.ts";
import { wake } from "../../../shared/queue/wake.ts";
import type { SlackTask } from "../../../shared/slack/task.ts";
import { insertSlackRequests } from "../../../shared/storage/slack-requests.ts";
import type { IngestApp } from "../app.ts";
import { Refusal } from "../http/problem.ts";
import { readUpTo, refuseEncoded } from "../http/read-body.ts";
import { createSlackDeps } from "./deps.ts";
import { runRequest } from "./run-request.ts";
import { isSignedBySlack } from "./verify-signature.ts";

/** A request that Slack signed; `signature` is the same only for the same request. */
type Received = { body: string; signature: string };

/**
 * The exact body of a request that Slack signed just now. Null: Slack only checks our certificate. Such a request is
 * not signed, and nothing else in it counts.
 * @throws Refusal
 */
export async function receive(c: Context<IngestApp>): Promise<Received | null> {
  const { slack } = c.get("config");
  requireSlack(c);
  refuseEncoded(c);
  const body = await readBody(c.req.raw);
  const signature = c.req.header("x-slack-signature");
  const timestamp = c.req.header("x-slack-request-timestamp");
  const type = c.req.header("content-type") ?? "";
  const isForm = type.split(";")[0]?.trim().toLowerCase() === "application/x-www-form-urlencoded";
  if (isForm && new URLSearchParams(body).get("ssl_check") === "1") return null;
  const isSigned = await isSignedBySlack(slack.signingSecret, { body, timestamp, signature }, c.get("now")());
  if (!isSigned || signature === undefined) {
    throw new Refusal("slack_signature", "The signature is missing or wrong, or more than five minutes old.");
  }
  return { body, signature };
}

/** @throws Refusal when the deployment has no Slack app */
export function requireSlack(c: Context<IngestApp>): void {
  const { missing } = c.get("config").slack;
  if (missing.length > 0) throw new Refusal("slack_not_configured", `Not set: ${missing.join(", ")}.`);
}

/**
 * Stores what Slack asks for, and starts the work after the response. Once this returns, the request is in D1: should
 * the Worker die, the sweep continues it. A repeated request changes nothing.
 */
export async function keep(c: Context<IngestApp>, id: string, tasks: SlackTask[]): Promise<void> {
  if (tasks.length === 0) return;
  const ids = await insertSlackRequests(c.env.DB, id, tasks, c.get("now")());
  log("slack.received", { request: id, task: tasks[0]?.kind ?? "", count: ids.length });
  if (ids.length === 0) return;
  // A dialog has to open within three seconds; everything else can take the queue.
  const isUrgent = tasks.some((task) => task.kind === "ask_names");
  c.executionCtx.waitUntil(isUrgent ? runNow(c.env, ids) : wake(c.env.SLACK_QUEUE, ids.map(slackMessage)));
}

async function runNow(env: Cloudflare.IngestEnv, ids: string[]): Promise<void> {
  for (const id of ids) {
    await runRequest(createSlackDeps(env), id).catch((error: unknown) =>
      log("slack.crashed", { request: id, error: describeError(error) }),
    );
  }
}

/** The bytes that were signed, as text. */
async function readBody({ body }: Request): Promise<string> {
  const text = await readUpTo(
    MAX_SLACK_BODY_BYTES,
    body,
    new TextDecoder("utf-8", { fatal: false, ignoreBOM: true }),
  );
  if (text === null) throw new Refusal("slack_signature", "The body is larger than any of Slack's.");
  return text;
}
