import { failure } from "../../../shared/failure.ts";
import type { Job } from "../../../shared/job.ts";
import type { Part, PartAudio } from "../../../shared/part.ts";
import { err, ok, type Result } from "../../../shared/result.ts";
import { partKey } from "../../../shared/storage/job-objects.ts";
import { savePartAudio } from "../../../shared/storage/parts.ts";
import { containerFor, copyAudioTrack } from "../cut/copy-audio-track.ts";
import { readRecording } from "../cut/read-recording.ts";
import { writePart } from "../cut/write-part.ts";
import type { Deps } from "../deps.ts";
import type { Container } from "../media/container.ts";
import { CONTENT_TYPES } from "../media/content-types.ts";
import { fail, type Outcome } from "../outcome.ts";
import { planOf } from "./plan-parts.ts";

/** The audio of a part: cut out as planned, the whole recording, or the audio track copied out of a video. */
export async function preparePart(deps: Deps, job: Job, part: Part): Promise<Result<PartAudio, Outcome>> {
  if (part.audio) return ok(part.audio);
  const { audioKey, audio } = job;
  const container = audio.container as Container; // written by the probe
  if (audioKey === null) throw new Error(`${job.id} has no audio`);
  if (job.plan !== null) {
    const planned = await planOf(deps, job);
    if (!planned.ok) return planned;
    const plan = planned.value;
    const key = partKey(job.tenantId, job.id, part.n, plan.target);
    const written = await readRecording(deps.bucket, (bucket) =>
      writePart(bucket, audioKey, plan, part.n, key),
    );
    if (!written.ok) return written;
    return keep(deps, part, { key, bytes: written.value.bytes, container: plan.target });
  }
  if (CONTENT_TYPES[container]) return ok({ key: audioKey, bytes: audio.bytes ?? 0, container });

  const target = containerFor(audio.codec ?? "");
  const contentType = target && CONTENT_TYPES[target];
  if (!target || !contentType) {
    const message = `The ${container} file's audio is ${audio.codec}, which cannot be copied out.`;
    return err(fail(failure("unsupported_format", message)));
  }
  const key = partKey(job.tenantId, job.id, part.n, target);
  const from = { key: audioKey, bytes: audio.bytes ?? 0, container };
  const copied = await readRecording(deps.bucket, (bucket) =>
    copyAudioTrack(bucket, from, { key, container: target, contentType }),
  );
  if (!copied.ok) return copied;
  return keep(deps, part, { key, bytes: copied.value.bytes, container: target });
}

async function keep(deps: Deps, part: Part, audio: PartAudio): Promise<Result<PartAudio, Outcome>> {
  return (await savePartAudio(deps.db, part, audio)) ? ok(audio) : err({ kind: "lease_lost" });
}
