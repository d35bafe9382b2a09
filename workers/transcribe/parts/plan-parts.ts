import type { Job } from "../../../shared/job.ts";
import { OVERLAP_SECONDS, UPSTREAM_MAX_SECONDS, UPSTREAM_MAX_URL_BYTES } from "../../../shared/limits.ts";
import { err, ok, type Result } from "../../../shared/result.ts";
import { savePlan } from "../../../shared/storage/job-work.ts";
import type { Span } from "../../../shared/storage/parts.ts";
import type { CutLimits, CutPlan } from "../cut/plan.ts";
import { planCuts, type RecordingFacts } from "../cut/plan-cuts.ts";
import { readRecording } from "../cut/read-recording.ts";
import { fitLimits } from "../cut/seams.ts";
import type { Deps } from "../deps.ts";
import type { Container } from "../media/container.ts";
import { CONTENT_TYPES } from "../media/content-types.ts";
import type { Outcome } from "../outcome.ts";
import { startsLate } from "../probe/sound-start.ts";

/** A recording up to this many times as long as a part stays one part: a seam costs more than a longer call. */
const STRETCH = 1.5;
/** Fraction of a part, so that short parts can be cut at all. */
export const LARGEST_OVERLAP = 0.25;
/** Headers and the overlap may add to the estimated size. */
const BYTES_MARGIN = 0.9;

/** Where the parts of a recording lie. The plan of a long recording is computed once and kept with the job. */
export async function planParts(deps: Deps, job: Job): Promise<Result<{ job: Job; spans: Span[] }, Outcome>> {
  const { key, ...facts } = probedAudio(job);
  const { bytes, duration, container } = facts;
  const limits = cutLimits(deps, container);
  const fits = duration <= limits.partSeconds * STRETCH && bytes <= limits.maxPartBytes * STRETCH;
  if (fits || !canBeCut(limits, bytes, duration)) {
    // A video whose sound starts late is written as a part that keeps the sound's place in time.
    const late = await readRecording(deps.bucket, (bucket) => startsLate(bucket, key, facts));
    if (!late.ok) return late;
    if (!late.value) return ok({ job, spans: [{ start: 0, end: duration }] });
  }
  const planned = await planOf(deps, job);
  if (!planned.ok) return planned;
  const spans = planned.value.parts.map(({ start, end }) => ({ start, end }));
  if (job.plan !== null) return ok({ job, spans });
  const plan = JSON.stringify(planned.value);
  return (await savePlan(deps.db, job, plan))
    ? ok({ job: { ...job, plan }, spans })
    : err({ kind: "lease_lost" });
}

/** The plan kept with the job. A recording of one part has none; its plan is computed here. */
export async function planOf(deps: Deps, job: Job): Promise<Result<CutPlan, Outcome>> {
  if (job.plan !== null) return ok(JSON.parse(job.plan) as CutPlan); // written by planParts
  const { key, ...facts } = probedAudio(job);
  const limits = cutLimits(deps, facts.container);
  return readRecording(deps.bucket, (bucket) => planCuts(bucket, key, facts, limits));
}

function probedAudio(job: Job): RecordingFacts & { key: string } {
  const { audioKey: key, audio } = job;
  const { duration, bytes, container, codec } = audio;
  if (key === null || duration === null || bytes === null) throw new Error(`${job.id} is not probed`);
  return { key, container: container as Container, codec: codec ?? "", duration, bytes }; // written by the probe
}

/** False: too many bytes a second to be cut below the speech API's limits. It is sent as it is, and the API answers. */
function canBeCut(limits: CutLimits, bytes: number, duration: number): boolean {
  try {
    return Boolean(fitLimits(limits, bytes, duration));
  } catch {
    return false;
  }
}

/** The last part may be up to `STRETCH` times as long as the others. */
export function cutLimits(deps: Deps, container: Container): Required<CutLimits> {
  const { upstream } = deps.config;
  const partSeconds = Math.min(deps.config.partSeconds, UPSTREAM_MAX_SECONDS / STRETCH - OVERLAP_SECONDS);
  const cap = upstream.fetchesFromUs ? UPSTREAM_MAX_URL_BYTES : upstream.maxDirectBytes;
  // Only the audio track of a video is sent; its size is not known yet.
  const most = CONTENT_TYPES[container] ? (cap * BYTES_MARGIN) / STRETCH : Number.MAX_SAFE_INTEGER;
  const overlapSeconds = Math.min(OVERLAP_SECONDS, partSeconds * LARGEST_OVERLAP);
  return { partSeconds, overlapSeconds, maxPartBytes: most };
}
