import type { Job } from "../../../shared/job.ts";
import { MAX_FAILED_CALLS } from "../../../shared/limits.ts";
import { log } from "../../../shared/log.ts";
import { err, ok, type Result } from "../../../shared/result.ts";
import type { PartDigest } from "../../../shared/stitch/digest-part.ts";
import { chooseClips } from "../../../shared/stitch/speakers/choose-clips.ts";
import { readIdentification, type Vote } from "../../../shared/stitch/speakers/read-identification.ts";
import { partKey } from "../../../shared/storage/job-objects.ts";
import type { CutPlan } from "../cut/plan.ts";
import { readRecording } from "../cut/read-recording.ts";
import { writeReference } from "../cut/reference/write-reference.ts";
import type { Deps } from "../deps.ts";
import type { Outcome } from "../outcome.ts";
import { cutLimits, planOf } from "../parts/plan-parts.ts";
import { buyAnswer } from "../speech/buy-answer.ts";

/** The roll call has no place in the recording; parts count from 0. */
const IDENTIFICATION_PART = -1;

/** What a roll call may cost: a tenth of what the recording itself does, or two minutes of a short one. */
const MAX_FRACTION = 0.1;
const ALWAYS_SECONDS = 120;
/** The clips of a recording whose bitrate varies may be its densest; packets are whole and some come on top. */
const FULLNESS = 0.5;

export type Identification = { votes: Vote[]; upstreamMs: number };
const NO_VOTES: Identification = { votes: [], upstreamMs: 0 };

/**
 * Asks the speech API who of the different parts' speakers is who: one short recording made of a clip of each, so
 * that all get their names in one go. When it fails for good, the overlaps alone have to do.
 */
export async function identifySpeakers(
  deps: Deps,
  job: Job,
  digests: PartDigest[],
  signal: AbortSignal,
): Promise<Result<Identification, Outcome>> {
  const { audioKey } = job;
  if (audioKey === null) throw new Error(`${job.id} has no audio`);
  const planned = await planOf(deps, job);
  if (!planned.ok) return goWithout(job, planned.error);
  const plan = planned.value;
  const clips = chooseClips(digests, { maxTotalSeconds: maxReferenceSeconds(deps, plan) });
  if (clips.length < 2) return ok(NO_VOTES);
  const key = partKey(job.tenantId, job.id, "reel", plan.target);
  const reference = await readRecording(deps.bucket, (bucket) =>
    writeReference(bucket, audioKey, plan, clips, key),
  );
  if (!reference.ok) return goWithout(job, reference.error);
  const { bytes, duration: seconds, places } = reference.value;
  const call = {
    job,
    part: IDENTIFICATION_PART,
    attempt: job.attempt,
    purpose: "roll_call" as const,
    seconds,
  };
  const answer = await buyAnswer(deps, call, { key, bytes, container: plan.target }, signal);
  if (!answer.ok) return goWithout(job, answer.error);
  const placed = clips.map(({ part, local }, index) => {
    const place = places[index];
    if (!place) throw new Error(`clip ${index} is not in the reel`);
    return { part, local, referenceStart: place.start, referenceEnd: place.end };
  });
  const { transcript, upstreamMs } = answer.value;
  return ok({ votes: readIdentification(placed, transcript), upstreamMs });
}

/** Seconds of clips: never more than a part may have, in time and in bytes, so no limit of the speech API is met. */
export function maxReferenceSeconds(
  deps: Deps,
  { bytes, duration, container }: Pick<CutPlan, "bytes" | "duration" | "container">,
): number {
  const { partSeconds, maxPartBytes } = cutLimits(deps, container);
  const fitting = (FULLNESS * maxPartBytes * duration) / bytes;
  return Math.min(partSeconds, fitting, Math.max(ALWAYS_SECONDS, MAX_FRACTION * duration));
}

/** Nobody's transcript fails for this: after the last try the job is put together without. */
function goWithout(job: Job, outcome: Outcome): Result<Identification, Outcome> {
  if (outcome.kind === "defer" || outcome.kind === "lease_lost") return err(outcome);
  const atMost = outcome.kind === "retry" ? outcome.atMost : MAX_FAILED_CALLS;
  if (outcome.kind !== "fail" && job.failures + 1 < atMost) return err(outcome);
  log("job.roll_call_failed", { job_id: job.id, code: outcome.failure.code });
  return ok(NO_VOTES);
}
