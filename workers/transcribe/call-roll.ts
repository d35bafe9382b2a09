import type { Job } from "../../shared/job.ts";
import { log } from "../../shared/log.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { chooseClips } from "../../shared/stitch/choose-clips.ts";
import type { PartDigest } from "../../shared/stitch/digest-part.ts";
import { readRollCall, type Vote } from "../../shared/stitch/read-roll-call.ts";
import { partKey } from "../../shared/storage/job-objects.ts";
import { buyAnswer } from "./buy-answer.ts";
import { asCannotCut, CannotCut } from "./cut/cannot-cut.ts";
import { copyReel } from "./cut/copy-reel.ts";
import { readPlan } from "./plan-parts.ts";
import type { Setback } from "./setback.ts";
import type { World } from "./world.ts";

/** The roll call has no place in the recording; parts count from 0. */
const ROLL_CALL = -1;

/**
 * Asks the speech API who of the different parts' speakers is who: one short recording made of a clip of each, so
 * that all get their names in one go. When it fails for good, the overlaps alone have to do.
 */
export async function callRoll(
  world: World,
  job: Job,
  digests: PartDigest[],
  gone: AbortSignal,
): Promise<Result<{ votes: Vote[]; upstreamMs: number }, Setback>> {
  const clips = chooseClips(digests);
  if (clips.length < 2 || job.plan === null || job.audioKey === null) return ok({ votes: [], upstreamMs: 0 });
  const plan = readPlan(job.plan);
  const key = partKey(job.tenantId, job.id, "reel", plan.target);
  const reel = await copyReel(world.bucket, job.audioKey, plan, clips, key).catch(asCannotCut);
  if (reel instanceof CannotCut) return ok({ votes: [], upstreamMs: 0 });
  const call = {
    job,
    part: ROLL_CALL,
    attempt: job.attempt,
    purpose: "roll_call" as const,
    seconds: reel.duration,
  };
  const audio = { key, bytes: reel.bytes, container: plan.target };
  const answer = await buyAnswer(world, call, audio, gone);
  if (!answer.ok) {
    const { error } = answer;
    if (error.kind === "wait" || error.kind === "lost") return err(error);
    const isLastTry = error.kind === "fail" || job.failures + 1 >= error.atMost;
    if (!isLastTry) return err(error);
    log("job.roll_call_failed", { job_id: job.id, code: error.failure.code });
    return ok({ votes: [], upstreamMs: 0 });
  }
  const placed = clips.map(({ part, local }, index) => {
    const place = reel.places[index];
    if (!place) throw new Error(`clip ${index} is not in the reel`);
    return { part, local, reelStart: place.start, reelEnd: place.end };
  });
  return ok({ votes: readRollCall(placed, answer.value.transcript), upstreamMs: answer.value.upstreamMs });
}
