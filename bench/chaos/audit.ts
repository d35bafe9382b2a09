import type { Received } from "../../dev/receiver.ts";
import type { Call } from "../../dev/together/calls.ts";
import type { KeptJob, KeptState } from "./kept-state.ts";

/** What the scene outside has seen. */
type Observed = {
  accepted: ReadonlySet<string>;
  calls: readonly Call[];
  answeredAt: ReadonlyMap<string, number>;
  received: readonly Received[];
  /** How often a job was killed while it was not finished. */
  kills: ReadonlyMap<string, number>;
};

/** Everything that is not as promised once all is quiet, as sentences. */
export function audit(kept: KeptState, observed: Observed): string[] {
  const ids = new Set(kept.jobs.map(({ id }) => id));
  const lost = [...observed.accepted]
    .filter((id) => !ids.has(id))
    .map((id) => `${id} was accepted and is gone`);
  const strays = kept.objects
    .filter((key) => !ids.has(jobIdIn(key) ?? ""))
    .map((key) => `${key} is in R2 and belongs to no job`);
  return [
    ...lost,
    ...strays,
    ...(kept.pendingAudio > 0 ? [`${kept.pendingAudio} receptions that broke off were not cleaned up`] : []),
    ...(kept.openUploads > 0 ? [`${kept.openUploads} multipart uploads were left open in R2`] : []),
    ...kept.jobs.flatMap((job) => [
      ...auditWork(job, kept),
      ...auditSpending(job, kept, observed),
      ...auditWebhooks(job, kept, observed),
    ]),
  ];
}

function auditWork(job: KeptJob, { slices, objects }: KeptState): string[] {
  if (job.status !== "completed") return [`${job.id} is ${job.status}`];
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

/** One call for each purpose of each part, and one more for each kill that the part's job met. */
function auditSpending(job: KeptJob, kept: KeptState, { calls, answeredAt, kills }: Observed): string[] {
  const ofJob = calls.filter((call) => jobOfCall(call) === job.id);
  const isTranslation = ofJob.some((call) => call.path.endsWith("/translations"));
  const ledger = kept.calls.filter((call) => call.job_id === job.id);
  const nameOf = (call: Call) => `part ${partOfCall(call)} ${purposeOf(call, isTranslation)}`;
  const nameOfRow = (row: KeptState["calls"][number]) => `part ${row.part} ${row.purpose}`;
  const problems: string[] = [];
  for (const name of new Set([...ofJob.map(nameOf), ...ledger.map(nameOfRow)])) {
    const made = ofJob.filter((call) => nameOf(call) === name);
    const storedAt = answeredAt.get(`${job.id} ${name}`) ?? Number.POSITIVE_INFINITY;
    const late = made.filter((call) => Date.parse(call.at) > storedAt);
    if (late.length > 0) problems.push(`${job.id}: ${name} was asked again after its answer was in R2`);

    const most =
      1 + (kills.get(job.id) ?? 0) + made.filter((call) => call.outcome.startsWith("fault:429")).length;
    if (made.length > most)
      problems.push(`${job.id}: ${made.length} calls for ${name}, at most ${most} expected`);

    const rows = ledger.filter((row) => nameOfRow(row) === name);
    const answered = rows.findIndex((call) => call.outcome === "answered");
    if (answered >= 0 && answered < rows.length - 1) {
      problems.push(`${job.id}: the ledger has a call for ${name} after an answered one`);
    }
    if (made.length > rows.length) {
      problems.push(`${job.id}: ${made.length} calls for ${name} and ${rows.length} in the ledger`);
    }
  }
  return problems;
}

function auditWebhooks(job: KeptJob, { deliveries }: KeptState, { received }: Observed): string[] {
  if (!job.webhook_url) return [];
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
      ? `no job, ${kept.pendingAudio} reception${kept.openUploads ? " in parts" : ""}`
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

function purposeOf(call: Call, isTranslation: boolean): string {
  if (partOfCall(call) === IDENTIFICATION_PART) return "identify_speakers";
  return isTranslation && call.path.endsWith("/transcriptions") ? "speakers" : "text";
}

/** The job whose recording a call was about. */
function jobOfCall(call: Call): string | null {
  return jobIdIn(grantOfCall(call));
}

/** As the ledger numbers parts (workers/transcribe/assemble/identify-speakers.ts). */
const IDENTIFICATION_PART = -1;

/** The part that a call was about: what is sent as it came is part 0. */
function partOfCall(call: Call): number {
  const [, file = ""] = /\/(source|part-\d+|reference)\./.exec(grantOfCall(call)) ?? [];
  if (file === "reference") return IDENTIFICATION_PART;
  return file === "source" ? 0 : Number(file.slice("part-".length));
}

/** What the link that the stand-in fetches gives away: the key of an object (shared/secrets/signed-link.ts). */
function grantOfCall(call: Call): string {
  const url = call.file?.kind === "url" ? call.file.url : "";
  const [, payload = ""] = /\/media\/([^./]+)\./.exec(url) ?? [];
  return Buffer.from(payload, "base64url").toString();
}

function jobIdIn(text: string): string | null {
  return /job_[0-9a-z]+/.exec(text)?.[0] ?? null;
}
