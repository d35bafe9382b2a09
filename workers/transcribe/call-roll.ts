import type { Job } from "../../shared/job.ts";
import { MAX_FAILED_CALLS } from "../../shared/limits.ts";
import { log } from "../../shared/log.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { chooseClips } from "../../shared/stitch/choose-clips.ts";
import type { PartDigest } from "../../shared/stitch/digest-part.ts";
import { readRollCall, type Vote } from "../../shared/stitch/read-roll-call.ts";
import { partKey } from "../../shared/storage/job-objects.ts";
import { buyAnswer } from "./buy-answer.ts";
import { copyReel } from "./cut/copy-reel.ts";
import { planOf } from "./plan-parts.ts";
import { readRecording } from "./read-recording.ts";
import type { Setback } from "./setback.ts";
import type { World } from "./world.ts";

/** The roll call has no place in the recording; parts count from 0. */
const ROLL_CALL = -1;

export type RollCall = { votes: Vote[]; upstreamMs: number };

/**
 * Asks the speech API who of the different parts' speakers is who: one short recording made of a clip of each, so
 * that all get their names in one go. When it fails for good, the overlaps alone have to do.
 */
export async function callRoll(
  world: World,
  job: Job,
  digests: PartDigest[],
  gone: AbortSignal,
): Promise<Result<RollCall, Setback>> {
  const clips = chooseClips(digests);
  const { audioKey } = job;
  if (clips.length < 2 || audioKey === null) return ok({ votes: [], upstreamMs: 0 });
  const planned = await planOf(world, job);
  if (!planned.ok) return goWithout(job, planned.error);
  const plan = planned.value;
  const key = partKey(job.tenantId, job.id, "reel", plan.target);
  const copied = await readRecording(world.bucket, (bucket) => copyReel(bucket, audioKey, plan, clips, key));
  if (!copied.ok) return goWithout(job, copied.error);
  const reel = copied.value;
  const call = {
    job,
    part: ROLL_CALL,
    attempt: job.attempt,
    purpose: "roll_call" as const,
    seconds: reel.duration,
  };
  const audio = { key, bytes: reel.bytes, container: plan.target };
  const answer = await buyAnswer(world, call, audio, gone);
  if (!answer.ok) return goWithout(job, answer.error);
  const placed = clips.map(({ part, local }, index) => {
    const place = reel.places[index];
    if (!place) throw new Error(`clip ${index} is not in the reel`);
    return { part, local, reelStart: place.start, reelEnd: place.end };
  });
  return ok({ votes: readRollCall(placed, answer.value.transcript), upstreamMs: answer.value.upstreamMs });
}

/** Nobody's transcript fails for this: after the last try the job is put together without. */
function goWithout(job: Job, setback: Setback): Result<RollCall, Setback> {
  if (setback.kind === "wait" || setback.kind === "lost") return err(setback);
  const atMost = setback.kind === "again" ? setback.atMost : MAX_FAILED_CALLS;
  if (setback.kind !== "fail" && job.failures + 1 < atMost) return err(setback);
  log("job.roll_call_failed", { job_id: job.id, code: setback.failure.code });
  return ok({ votes: [], upstreamMs: 0 });
}
