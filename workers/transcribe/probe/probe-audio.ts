import type { Audio, Job } from "../../../shared/job.ts";
import { err, ok, type Result } from "../../../shared/result.ts";
import { saveFingerprint, saveProbe } from "../../../shared/storage/job-work.ts";
import type { Deps } from "../deps.ts";
import { fail, type Outcome } from "../outcome.ts";
import { fingerprintOf } from "../reuse/fingerprint.ts";
import { readMediaFacts } from "./media-facts.ts";

/** Finds out what the recording is, so that it is sent upstream in a way that is taken there. */
export async function probeAudio(deps: Deps, job: Job): Promise<Result<Job, Outcome>> {
  const { bytes } = job.audio;
  if (job.audioKey === null || bytes === null) throw new Error(`${job.id} has no audio yet`);
  if (job.audio.duration !== null) return refreshFingerprint(deps, job);

  const facts = await readMediaFacts(deps.bucket, job.audioKey, bytes);
  if (!facts.ok) return err(fail(facts.error));
  const { container, codec, duration, channels, sampleRate } = facts.value;
  const audio: Audio = { ...job.audio, container, codec, duration, channels, sample_rate: sampleRate };
  const fingerprint = await fingerprintOf(job, deps.config.upstream.provider);
  if (!(await saveProbe(deps.db, job, audio, fingerprint))) return err({ kind: "lease_lost" });
  return ok({ ...job, stage: "transcribing", audio, fingerprint });
}

/** A job that waited while the speech API was changed is no duplicate of what the other one hears. */
async function refreshFingerprint(deps: Deps, job: Job): Promise<Result<Job, Outcome>> {
  if (job.fingerprint === null) return ok(job);
  const fingerprint = await fingerprintOf(job, deps.config.upstream.provider);
  if (fingerprint === job.fingerprint) return ok(job);
  return (await saveFingerprint(deps.db, job, fingerprint))
    ? ok({ ...job, fingerprint })
    : err({ kind: "lease_lost" });
}
