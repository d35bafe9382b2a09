import { type Failure, failure } from "../../shared/failure.ts";
import type { Job } from "../../shared/job.ts";
import { MEDIA_URL_SECONDS } from "../../shared/limits.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { signLink } from "../../shared/signed-link.ts";
import { partKey } from "../../shared/storage/job-objects.ts";
import { containerFor, copyAudioTrack } from "./copy-audio-track.ts";
import type { Container } from "./probe/media-facts.ts";
import type { World } from "./world.ts";

/** What Together documents for each container: the ending and type tell its server what comes. */
const CONTENT_TYPES: Partial<Record<Container, string>> = {
  wav: "audio/wav",
  mp3: "audio/mpeg",
  m4a: "audio/mp4",
  webm: "audio/webm",
  ogg: "audio/ogg",
  flac: "audio/flac",
  aac: "audio/aac",
};

type Sendable = { key: string; bytes: number; container: Container; contentType: string };

/**
 * The recording as the speech API takes it: a signed URL that it fetches, so that its cap on uploads never applies;
 * or the bytes, when it cannot reach us (a local run against the real one).
 */
export async function offerAudio(world: World, job: Job): Promise<Result<string | File, Failure>> {
  const sendable = await makeSendable(world, job);
  if (!sendable.ok) return sendable;
  const { key, bytes, container, contentType } = sendable.value;
  const name = `recording.${container}`;
  const { upstream, signingKey, baseUrl } = world.config;
  if (upstream.fetchesFromUs) {
    const expires = Math.floor(world.now() / 1000) + MEDIA_URL_SECONDS;
    return ok(baseUrl + (await signLink(signingKey, { kind: "audio", key, contentType, expires }, name)));
  }
  if (bytes > upstream.maxDirectBytes) {
    return err(
      failure(
        "public_url_missing",
        `The file has ${bytes} bytes; a direct upload takes ${upstream.maxDirectBytes}.`,
      ),
    );
  }
  const object = await world.bucket.get(key);
  if (!object) throw new Error(`${key} is not in R2`);
  return ok(new File([await object.arrayBuffer()], name, { type: contentType }));
}

/** The upload itself, or its audio track copied out of a container the speech API does not take. */
async function makeSendable(world: World, job: Job): Promise<Result<Sendable, Failure>> {
  const { audioKey, audio } = job;
  const container = audio.container as Container | null; // written by the probe
  if (audioKey === null || container === null) throw new Error(`${job.id} has not been probed`);
  const contentType = CONTENT_TYPES[container];
  if (contentType) return ok({ key: audioKey, bytes: audio.bytes ?? 0, container, contentType });

  const target = containerFor(audio.codec ?? "");
  const targetType = target && CONTENT_TYPES[target];
  if (!target || !targetType) {
    return err(
      failure(
        "unsupported_format",
        `The ${container} file's audio is ${audio.codec}, which cannot be copied out.`,
      ),
    );
  }
  const key = partKey(job.tenantId, job.id, 0, target);
  const made = await world.bucket.head(key);
  const { bytes } = made
    ? { bytes: made.size }
    : await copyAudioTrack(
        world.bucket,
        { key: audioKey, bytes: audio.bytes ?? 0 },
        { key, container: target, contentType: targetType },
      );
  return ok({ key, bytes, container: target, contentType: targetType });
}
