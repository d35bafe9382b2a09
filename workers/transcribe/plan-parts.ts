import type { Job } from "../../shared/job.ts";
import { OVERLAP_SECONDS, UPSTREAM_MAX_URL_BYTES } from "../../shared/limits.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { savePlan } from "../../shared/storage/job-work.ts";
import { asCannotCut, CannotCut } from "./cut/cannot-cut.ts";
import type { CutLimits, CutPlan } from "./cut/plan.ts";
import { planCuts } from "./cut/plan-cuts.ts";
import type { Container } from "./probe/media-facts.ts";
import { startsLate } from "./probe/sound-start.ts";
import { fail, type Setback } from "./setback.ts";
import type { World } from "./world.ts";

/** A recording this much longer than a part is still one part: a seam costs more than a somewhat longer call. */
const STRETCH = 1.5;
/** Headers and the overlap may come on top of what was reckoned. */
const BYTES_MARGIN = 0.9;

/** Where the parts of a recording lie. A long one is cut; the plan is computed once and kept with the job. */
export async function planParts(
  world: World,
  job: Job,
): Promise<Result<{ start: number; end: number }[], Setback>> {
  const { duration, bytes } = job.audio;
  if (job.audioKey === null || duration === null || bytes === null)
    throw new Error(`${job.id} is not probed`);
  if (job.plan !== null) return ok(spansOf(readPlan(job.plan)));
  const limits = cutLimits(world);
  const facts = {
    container: job.audio.container as Container, // written by the probe
    codec: job.audio.codec ?? "",
    duration,
    bytes,
  };
  const fitsOnePart = duration <= limits.partSeconds * STRETCH && bytes <= limits.maxPartBytes;
  if (fitsOnePart && !(await startsLate(world.bucket, job.audioKey, facts))) {
    return ok([{ start: 0, end: duration }]);
  }
  const plan = await planCuts(world.bucket, job.audioKey, facts, limits).catch(asCannotCut);
  if (plan instanceof CannotCut) return err(fail(plan.failure));
  if (!(await savePlan(world.db, job, JSON.stringify(plan)))) return err({ kind: "lost" });
  return ok(spansOf(plan));
}

export function cutLimits(world: World): Required<CutLimits> {
  const { upstream, partSeconds } = world.config;
  const most = upstream.fetchesFromUs ? UPSTREAM_MAX_URL_BYTES : upstream.maxDirectBytes;
  return { partSeconds, overlapSeconds: OVERLAP_SECONDS, maxPartBytes: Math.floor(most * BYTES_MARGIN) };
}

/** The plan as `savePlan` kept it. */
export function readPlan(plan: string): CutPlan {
  return JSON.parse(plan) as CutPlan; // written by planParts
}

function spansOf(plan: CutPlan): { start: number; end: number }[] {
  return plan.parts.map(({ start, end }) => ({ start, end }));
}
