import type { Job } from "../../../shared/job.ts";
import {
  DEFAULT_PART_MINUTES,
  LONGEST_PART_SECONDS,
  OVERLAP_SECONDS,
  PART_STRETCH,
  UPSTREAM_MAX_SECONDS,
  UPSTREAM_MAX_URL_BYTES,
} from "../../../shared/limits.ts";
import { err, ok, type Result } from "../../../shared/result.ts";
import { savePlan } from "../../../shared/storage/job-work.ts";
import type { Span } from "../../../shared/storage/parts.ts";
import { readSpeechLimits, type SpeechTraits } from "../../../shared/storage/providers.ts";
import type { CutLimits, CutPlan } from "../cut/plan.ts";
import { planCuts, type RecordingFacts } from "../cut/plan-cuts.ts";
import { readRecording } from "../cut/read-recording.ts";
import { fitLimits } from "../cut/seams.ts";
import type { Deps } from "../deps.ts";
import type { Container } from "../media/container.ts";
import { CONTENT_TYPES } from "../media/content-types.ts";
import type { Outcome } from "../outcome.ts";
import { startsLate } from "../probe/sound-start.ts";
import { maxBodyBytes } from "../speech/offer-audio.ts";
import { learnedAs, takesUrl, tellsSpeakersOfHours } from "../speech/upstream.ts";

/** Fraction of a part, so that short parts can be cut at all. */
export const LARGEST_OVERLAP = 0.25;
/** Headers and the overlap may add to the estimated size. */
const BYTES_MARGIN = 0.9;

/** Where the parts of a recording lie. The plan of a long recording is computed once and kept with the job. */
export async function planParts(deps: Deps, job: Job): Promise<Result<{ job: Job; spans: Span[] }, Outcome>> {
  const { key, ...facts } = probedAudio(job);
  const { bytes, duration } = facts;
  const limits = await cutLimits(deps, job);
  const fits = duration <= limits.wholeSeconds && bytes <= limits.maxPartBytes * PART_STRETCH;
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
  const limits = await cutLimits(deps, job);
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

/** A recording up to `wholeSeconds` is one part. */
type PartLimits = Required<CutLimits> & { wholeSeconds: number };

/**
 * How long and how large a part of this job may be: as the operator says; else as long as a call may be where one call
 * means one set of speakers; else 20 minutes. The last part may be up to `PART_STRETCH` times as long as the others.
 */
export async function cutLimits(deps: Deps, job: Job): Promise<PartLimits> {
  const { upstream } = deps.config;
  const { traits, longest } = await readSpeechLimits(deps.db, learnedAs(job, upstream), deps.now());
  const seconds = secondsPerPart(deps, job, { traits, longest });
  const partSeconds = Math.min(seconds.part, UPSTREAM_MAX_SECONDS / PART_STRETCH - OVERLAP_SECONDS);
  const cap = takesUrl({ ...upstream, traits }) ? UPSTREAM_MAX_URL_BYTES : maxBodyBytes(upstream);
  // Only the audio track of a video is sent; its size is not known yet.
  const isSentAsItIs = CONTENT_TYPES[job.audio.container as Container] !== undefined; // written by the probe
  return {
    partSeconds,
    wholeSeconds: Math.min(seconds.whole, UPSTREAM_MAX_SECONDS),
    overlapSeconds: Math.min(OVERLAP_SECONDS, partSeconds * LARGEST_OVERLAP),
    maxPartBytes: isSentAsItIs ? (cap * BYTES_MARGIN) / PART_STRETCH : Number.MAX_SAFE_INTEGER,
  };
}

function secondsPerPart(
  deps: Deps,
  { options }: Job,
  { traits, longest }: { traits: SpeechTraits; longest: number | null },
): { part: number; whole: number } {
  const { partSeconds, upstream } = deps.config;
  if (partSeconds !== null) return { part: partSeconds, whole: partSeconds * PART_STRETCH };
  const isOneCallBetter = options.diarize && options.priority !== "speed";
  if (!isOneCallBetter || !tellsSpeakersOfHours(upstream, traits)) {
    return { part: DEFAULT_PART_MINUTES * 60, whole: LONGEST_PART_SECONDS };
  }
  const whole = longest ?? UPSTREAM_MAX_SECONDS;
  return { part: whole / PART_STRETCH, whole };
}
