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
import { copyReel } from "../cut/reference/write-reference.ts";
import type { Deps } from "../deps.ts";
import type { Setback } from "../outcome.ts";
import { cutLimits, planOf } from "../parts/plan-parts.ts";
import { buyAnswer } from "../speech/buy-answer.ts";

/** The roll call has no place in the recording; parts count from 0. */
const ROLL_CALL = -1;

/** What a roll call may cost: a tenth of what the recording itself does, or two minutes of a short one. */
const MOST_SHARE = 0.1;
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
  gone: AbortSignal,
): Promise<Result<Identification, Setback>> {
  const { audioKey } = job;
  if (audioKey === null) throw new Error(`${job.id} has no audio`);
  const planned = await planOf(deps, job);
  if (!planned.ok) return goWithout(job, planned.error);
  const plan = planned.value;
  const clips = chooseClips(digests, { maxTotalSeconds: longestReel(deps, plan) });
  if (clips.length < 2) return ok(NO_VOTES);
  const key = partKey(job.tenantId, job.id, "reel", plan.target);
  const reel = await readRecording(deps.bucket, (bucket) => copyReel(bucket, audioKey, plan, clips, key));
  if (!reel.ok) return goWithout(job, reel.error);
  const { bytes, duration: seconds, places } = reel.value;
  const call = { job, part: ROLL_CALL, attempt: job.attempt, purpose: "roll_call" as const, seconds };
  const answer = await buyAnswer(deps, call, { key, bytes, container: plan.target }, gone);
  if (!answer.ok) return goWithout(job, answer.error);
  const placed = clips.map(({ part, local }, index) => {
    const place = places[index];
    if (!place) throw new Error(`clip ${index} is not in the reel`);
    return { part, local, reelStart: place.start, reelEnd: place.end };
  });
  const { transcript, upstreamMs } = answer.value;
  return ok({ votes: readIdentification(placed, transcript), upstreamMs });
}

/** Seconds of clips: never more than a part may have, in time and in bytes, so no limit of the speech API is met. */
export function longestReel(
  deps: Deps,
  { bytes, duration, container }: Pick<CutPlan, "bytes" | "duration" | "container">,
): number {
  const { partSeconds, maxPartBytes } = cutLimits(deps, container);
  const fitting = (FULLNESS * maxPartBytes * duration) / bytes;
  return Math.min(partSeconds, fitting, Math.max(ALWAYS_SECONDS, MOST_SHARE * duration));
}

/** Nobody's transcript fails for this: after the last try the job is put together without. */
function goWithout(job: Job, setback: Setback): Result<Identification, Setback> {
  if (setback.kind === "wait" || setback.kind === "lost") return err(setback);
  const atMost = setback.kind === "again" ? setback.atMost : MAX_FAILED_CALLS;
  if (setback.kind !== "fail" && job.failures + 1 < atMost) return err(setback);
  log("job.roll_call_failed", { job_id: job.id, code: setback.failure.code });
  return ok(NO_VOTES);
}
