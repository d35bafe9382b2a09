import type { Received } from "../../dev/receiver.ts";
import type { Call } from "../../dev/together/calls.ts";
import { callKeyOf } from "./call-key.ts";
import type { KeptJob, KeptState, LedgerRow } from "./kept-state.ts";

/** What the scene outside has seen. */
type Observed = {
  accepted: ReadonlySet<string>;
  calls: readonly Call[];
  answeredAt: ReadonlyMap<string, number>;
  received: readonly Received[];
  /** When all was killed: milliseconds since 1970. */
  killedAt: readonly number[];
  /** Uploads that nobody but R2 can end, since a fault lost their ids. */
  lostUploads: ReadonlySet<string>;
  /** How a job may end; completed, unless this says otherwise. Null: it was deleted. */
  endOf: (job: string) => readonly string[] | null;
};

/** Everything that is not as promised once all is quiet, as sentences. */
export function audit(kept: KeptState, observed: Observed): string[] {
  const ids = new Set(kept.jobs.map(({ id }) => id));
  const lost = [...observed.accepted]
    .filter((id) => !ids.has(id) && observed.endOf(id) !== null)
    .map((id) => `${id} was accepted and is gone`);
  const strays = kept.objects
    .filter((key) => !ids.has(jobIdIn(key) ?? ""))
    .map((key) => `${key} is in R2 and belongs to no job`);
  return [
    ...lost,
    ...strays,
    ...(kept.pendingAudio > 0 ? [`${kept.pendingAudio} receptions that broke off were not cleaned up`] : []),
    ...kept.openUploads
      .filter((id) => !observed.lostUploads.has(id))
      .map((id) => `the multipart upload ${id} was left open in R2`),
    ...kept.jobs.flatMap((job) => [...auditWork(job, kept, observed), ...auditWebhooks(job, kept, observed)]),
    ...auditSpending(kept, observed),
  ];
}

function auditWork(job: KeptJob, { slices, objects }: KeptState, { endOf }: Observed): string[] {
  const wanted = endOf(job.id);
  if (wanted === null) return [`${job.id} was deleted and is there`];
  if (!wanted.includes(job.status)) return [`${job.id} is ${job.status}: ${job.error ?? "no error"}`];
  if (job.status !== "completed") return [];
  const own = slices.filter((slice) => slice.job_id === job.id);
  const stale = own.filter((slice) => slice.attempt !== job.transcript_attempt);
  const isReused = Boolean(JSON.parse(job.result ?? "{}").reused_from);
  const hasRaw = objects.some((key) => key.startsWith("raw/") && jobIdIn(key) === job.id);
  return [
    ...(own.length === 0 ? [`${job.id} is completed and has no transcript`] : []),
    ...(stale.length > 0 ? [`${job.id} has ${stale.length} slices of an attempt that was not the last`] : []),
    ...(hasRaw || isReused ? [] : [`${job.id} is completed and its raw answer is not in R2`]),
  ];
}

/** The ledger has each call, and each call that came after another for the same had to be made. */
function auditSpending(kept: KeptState, { calls, answeredAt, killedAt }: Observed): string[] {
  const problems: string[] = [];
  const rows = new Map(kept.calls.map((row) => [nameOfRow(row), row]));
  for (const [name, made] of Map.groupBy(calls, nameOfCall)) {
    const row = rows.get(name);
    const [call] = made;
    if (!row || !call) problems.push(`the ledger does not have the call ${name}`);
    else if (made.length > 1) problems.push(`${made.length} calls were made as ${name}`);
    else if (isPaid(call) && row.billed !== 1)
      problems.push(`${name} was ${call.outcome}, and free in the ledger`);
    else if (row.outcome === "answered" && !isPaid(call))
      problems.push(`${name} is answered in the ledger and was ${call.outcome}`);
  }
  const isKilledBetween = (from: number, to: number) => killedAt.some((at) => at >= from && at <= to);
  for (const [answer, made] of Map.groupBy(calls, answerOfCall)) {
    const keptAt = answeredAt.get(answer) ?? Number.POSITIVE_INFINITY;
    for (const [n, call] of made.entries()) {
      const next = made[n + 1];
      if (!next || isFault(call)) continue;
      const at = Date.parse(next.at);
      const isKept = keptAt < at;
      if (isKept || !isKilledBetween(Date.parse(call.at), at)) {
        const why = isKept ? "its answer was kept" : "nothing was killed";
        problems.push(
          `${answer} was asked (${call.outcome}, ${call.at}) and, though ${why}, again at ${next.at}`,
        );
      }
    }
  }
  return problems;
}

/** Calls whose answers died with their Worker and were bought again: the gap that nobody can close. */
export function countGaps(calls: readonly Call[]): number {
  const answers = [...Map.groupBy(calls, answerOfCall).values()];
  return answers.reduce(
    (sum, made) => sum + Math.max(0, made.filter(({ outcome }) => outcome === "ok").length - 1),
    0,
  );
}

/** Rows of the ledger whose calls never came to the speech API: their Workers were stopped before. */
export function countUnmade(kept: KeptState, calls: readonly Call[]): number {
  const made = new Set(calls.map(nameOfCall));
  return kept.calls.filter((row) => !made.has(nameOfRow(row))).length;
}

function nameOfRow({ job_id, attempt, part, purpose }: LedgerRow): string {
  return `${job_id} part ${part} ${purpose}, attempt ${attempt}`;
}

function nameOfCall(call: Call): string {
  const [, attempt] = keyOf(call);
  return `${answerOfCall(call)}, attempt ${attempt}`;
}

function answerOfCall(call: Call): string {
  const [job, , part, purpose] = keyOf(call);
  return `${job} part ${part} ${purpose}`;
}

function keyOf(call: Call) {
  const sent = call.fields.find((field) => field.name === "file");
  return (
    (sent && "value" in sent ? callKeyOf(sent.value) : null) ?? ["a call that names no job", 0, 0, "text"]
  );
}

/** The speech API did not do as asked. */
function isFault(call: Call): boolean {
  return call.outcome.startsWith("fault:");
}

/** It answered, or did the work and failed at the answer. */
function isPaid(call: Call): boolean {
  return call.outcome === "ok" || isUnusable(call);
}

/** Answers that came and were no transcript. */
const UNUSABLE = ["fault:cutoff", "fault:html200", "fault:empty200"];

function isUnusable(call: Call): boolean {
  return UNUSABLE.includes(call.outcome);
}

function auditWebhooks(job: KeptJob, { deliveries }: KeptState, { received, endOf }: Observed): string[] {
  if (!job.webhook_url || endOf(job.id) === null) return [];
  const { pathname } = new URL(job.webhook_url);
  const came = received.filter((request) => request.path === pathname);
  const ids = new Set(came.map(({ id }) => id));
  const bodies = new Set(came.map(({ body }) => body));
  const unverified = came.filter(({ verified }) => !verified);
  const own = deliveries.filter((delivery) => delivery.job_id === job.id);
  return [
    ...(came.length === 0 ? [`${job.id} has had no webhook`] : []),
    ...(ids.size > 1 ? [`${job.id} has had ${ids.size} different webhook ids`] : []),
    ...(bodies.size > 1 ? [`${job.id}: a repeated webhook had another body`] : []),
    ...(unverified.length > 0 ? [`${job.id}: ${unverified.length} webhooks did not verify`] : []),
    ...(own.length === 1 ? [] : [`${job.id} has ${own.length} deliveries`]),
    ...own
      .filter(({ status }) => status !== "delivered")
      .map(({ status }) => `${job.id}: its delivery is ${status}`),
  ];
}

/** Whether nothing is left to do. */
export function isQuiet(kept: KeptState): boolean {
  const isOver = (job: KeptJob) => ["completed", "failed", "canceled"].includes(job.status);
  return (
    kept.jobs.every(isOver) &&
    kept.deliveries.every(({ status }) => status !== "pending") &&
    kept.openEvents === 0 &&
    kept.pendingAudio === 0
  );
}

/** What was on disk of these jobs when the kill struck, for the table. */
export function describeFound(kept: KeptState, isNew: (job: KeptJob) => boolean): string {
  const [job, ...others] = kept.jobs.filter(isNew);
  if (!job)
    return kept.pendingAudio > 0
      ? `no job, ${kept.pendingAudio} reception${kept.openUploads.length > 0 ? " in parts" : ""}`
      : "nothing";
  if (others.length > 1) {
    const done = [job, ...others].filter(({ status }) => status === "completed").length;
    return `${others.length + 1} jobs, ${done} completed`;
  }
  const slices = kept.slices.filter((slice) => slice.job_id === job.id).length;
  const call = kept.calls.findLast((each) => each.job_id === job.id);
  const done = job.parts_total > 1 ? `${job.parts_done} of ${job.parts_total} parts` : "";
  const delivery = kept.deliveries.find((each) => each.job_id === job.id);
  return [
    job.status,
    job.status === "completed" ? "" : job.stage,
    job.status === "completed" ? "" : done,
    call && job.status !== "completed" ? `call ${call.outcome ?? "open"}` : "",
    kept.objects.some((key) => key.startsWith("raw/") && jobIdIn(key) === job.id) &&
    job.status !== "completed"
      ? "raw stored"
      : "",
    slices > 0 && job.status !== "completed" ? `${slices} slices` : "",
    delivery ? `webhook ${delivery.status}` : job.status === "completed" ? "webhook not begun" : "",
  ]
    .filter((part) => part !== "")
    .join(", ");
}

function jobIdIn(text: string): string | null {
  return /job_[0-9a-z]+/.exec(text)?.[0] ?? null;
}
