import type { Job } from "../../../shared/job.ts";
import { DEFAULT_PART_MINUTES, MAX_FAILED_CALLS } from "../../../shared/limits.ts";
import { log } from "../../../shared/log.ts";
import { err, ok, type Result } from "../../../shared/result.ts";
import type { Provider } from "../../../shared/speech/provider.ts";
import type { PartDigest } from "../../../shared/stitch/digest-part.ts";
import { chooseClips } from "../../../shared/stitch/speakers/choose-clips.ts";
import { readIdentification, type Vote } from "../../../shared/stitch/speakers/read-identification.ts";
import { referenceKey } from "../../../shared/storage/job-objects.ts";
import type { CutPlan } from "../cut/plan.ts";
import { readRecording } from "../cut/read-recording.ts";
import { writeReference } from "../cut/reference/write-reference.ts";
import type { Deps } from "../deps.ts";
import type { Outcome } from "../outcome.ts";
import { cutLimits, planOf } from "../parts/plan-parts.ts";
import { buyAnswer } from "../speech/buy-answer.ts";

/** The part number of the identification call in the ledger: it belongs to no part. */
const IDENTIFICATION_PART = -1;

/** Bounds the cost of the call: a tenth of the recording's, or two minutes for a short recording. */
const MAX_FRACTION = 0.1;
const ALWAYS_SECONDS = 120;
/** In a recording of varying bitrate the clips may be its densest stretches, and packets are copied whole. */
const FULLNESS = 0.5;

type Identification = { votes: Vote[]; upstreamMs: number };
const NO_VOTES: Identification = { votes: [], upstreamMs: 0 };

/**
 * Asks the speech API which local speakers of different parts are the same person. The reference audio has a clip or a
 * few of each, so that one diarization names them all. On permanent failure, or when the parts were heard by another `provider`
 * than ours, the overlaps are the only evidence.
 */
export async function identifySpeakers(
  deps: Deps,
  job: Job,
  provider: Provider,
  digests: PartDigest[],
  begun: number,
  signal: AbortSignal,
): Promise<Result<Identification, Outcome>> {
  if (provider !== deps.config.upstream.provider) return ok(NO_VOTES);
  const { audioKey } = job;
  if (audioKey === null) throw new Error(`${job.id} has no audio`);
  const planned = await planOf(deps, job);
  if (!planned.ok) return goWithout(job, planned.error);
  const plan = planned.value;
  const clips = chooseClips(digests, { maxTotalSeconds: await maxReferenceSeconds(deps, job, plan) });
  if (clips.length < 2) return ok(NO_VOTES);
  const key = referenceKey(job.tenantId, job.id, plan.target);
  const reference = await readRecording(deps.bucket, (bucket) =>
    writeReference(bucket, audioKey, plan, clips, key),
  );
  if (!reference.ok) return goWithout(job, reference.error);
  const { bytes, duration: seconds, places } = reference.value;
  const call = {
    job,
    part: IDENTIFICATION_PART,
    attempt: job.attempt,
    purpose: "identify_speakers" as const,
    seconds,
  };
  const answer = await buyAnswer(deps, call, { key, bytes, container: plan.target }, begun, signal);
  if (!answer.ok) return goWithout(job, answer.error);
  const placed = clips.map(({ part, local }, index) => {
    const place = places[index];
    if (!place) throw new Error(`clip ${index} is not in the reference audio`);
    return { part, local, referenceStart: place.start, referenceEnd: place.end };
  });
  const { transcript, upstreamMs } = answer.value;
  return ok({ votes: readIdentification(placed, transcript), upstreamMs });
}

/** At most this many seconds of clips: no more than a short part may have, in time and in bytes. */
export async function maxReferenceSeconds(
  deps: Deps,
  job: Job,
  { bytes, duration }: Pick<CutPlan, "bytes" | "duration">,
): Promise<number> {
  const { partSeconds, maxPartBytes } = await cutLimits(deps, job);
  const fitting = (FULLNESS * maxPartBytes * duration) / bytes;
  return Math.min(
    partSeconds,
    DEFAULT_PART_MINUTES * 60,
    fitting,
    Math.max(ALWAYS_SECONDS, MAX_FRACTION * duration),
  );
}

/** A job never fails for this call: after the last try it is assembled without it. */
function goWithout(job: Job, outcome: Outcome): Result<Identification, Outcome> {
  if (outcome.kind === "defer" || outcome.kind === "lease_lost") return err(outcome);
  const atMost = outcome.kind === "retry" ? outcome.atMost : MAX_FAILED_CALLS;
  if (outcome.kind !== "fail" && job.failures + 1 < atMost) return err(outcome);
  log("job.speaker_identification_failed", { job_id: job.id, code: outcome.failure.code });
  return ok(NO_VOTES);
}
