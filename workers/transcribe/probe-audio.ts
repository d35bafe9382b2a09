import { failure } from "../../shared/failure.ts";
import type { Audio, Job } from "../../shared/job.ts";
import { UPSTREAM_MAX_SECONDS, UPSTREAM_MAX_URL_BYTES } from "../../shared/limits.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { saveProbe } from "../../shared/storage/job-work.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { readMediaFacts } from "./probe/media-facts.ts";
import { fail, type Setback } from "./setback.ts";
import type { World } from "./world.ts";

/** Finds out what the recording is, so that nothing is sent upstream that would be refused there. */
export async function probeAudio(world: World, job: Job): Promise<Result<Job, Setback>> {
  const { bytes, sha256 } = job.audio;
  if (job.audioKey === null || bytes === null || sha256 === null)
    throw new Error(`${job.id} has no audio yet`);
  if (job.audio.duration !== null) return checkLimits(job);

  const facts = await readMediaFacts(world.bucket, job.audioKey, bytes);
  if (!facts.ok) return err(fail(facts.error));
  const { container, codec, duration, channels, sampleRate } = facts.value;
  const audio: Audio = { ...job.audio, container, codec, duration, channels, sample_rate: sampleRate };
  const fingerprint = await fingerprintOf(job, sha256);
  if (!(await saveProbe(world.db, job, audio, fingerprint))) return err({ kind: "lost" });
  return checkLimits({ ...job, stage: "transcribing", audio, fingerprint });
}

function checkLimits(job: Job): Result<Job, Setback> {
  const { duration, bytes } = job.audio;
  if ((duration ?? 0) > UPSTREAM_MAX_SECONDS) {
    return err(
      fail(
        failure(
          "audio_too_long",
          `The recording lasts ${duration} s; the limit is ${UPSTREAM_MAX_SECONDS} s.`,
        ),
      ),
    );
  }
  if ((bytes ?? 0) > UPSTREAM_MAX_URL_BYTES) {
    return err(
      fail(failure("file_too_large", `The file has ${bytes} bytes; the limit is ${UPSTREAM_MAX_URL_BYTES}.`)),
    );
  }
  return ok(job);
}
