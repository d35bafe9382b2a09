import { type Failure, failure } from "../../../shared/failure.ts";
import { MEDIA_URL_SECONDS, SPEECH_MAX_BYTES } from "../../../shared/limits.ts";
import type { PartAudio } from "../../../shared/part.ts";
import { err, ok, type Result } from "../../../shared/result.ts";
import { signLink } from "../../../shared/secrets/signed-link.ts";
import { apiOf } from "../../../shared/speech/provider.ts";
import type { UpstreamConfig } from "../../../shared/speech/upstream-config.ts";
import type { Call } from "../../../shared/storage/calls.ts";
import type { Deps } from "../deps.ts";
import { CONTENT_TYPES } from "../media/content-types.ts";

/**
 * A part's audio in the form that the speech API takes: a signed URL, so that its cap on uploads does not apply, or the
 * bytes themselves when the API cannot reach us or takes no URLs.
 */
export async function offerAudio(
  deps: Deps,
  { job, attempt, part, purpose }: Call,
  audio: PartAudio,
  takesUrl: boolean,
): Promise<Result<string | File, Failure>> {
  const { key, bytes, container } = audio;
  const contentType = CONTENT_TYPES[container] ?? "application/octet-stream";
  const name = `recording.${container}`;
  const { upstream, signingKey, mediaBaseUrl } = deps.config;
  if (takesUrl) {
    const expires = Math.floor(deps.now() / 1000) + MEDIA_URL_SECONDS;
    const grant = { kind: "audio", key, contentType, expires } as const;
    return ok(
      mediaBaseUrl + (await signLink(signingKey, { ...grant, call: [job.id, attempt, part, purpose] }, name)),
    );
  }
  const most = maxBodyBytes(upstream);
  if (bytes > most) {
    const message = `The file has ${bytes} bytes; a direct upload takes ${most}.`;
    return err(failure(tooLargeCode(upstream), message));
  }
  const object = await deps.bucket.get(key);
  if (!object) throw new Error(`${key} is not in R2`);
  return ok(new File([await object.arrayBuffer()], name, { type: contentType }));
}

/** Who was to fetch and takes no URL is behind a Worker's 128 MB, in which a body stands up to three times. */
export function maxBodyBytes({ takesUrl, maxBodyBytes }: UpstreamConfig): number {
  return takesUrl ? Math.min(maxBodyBytes, SPEECH_MAX_BYTES) : maxBodyBytes;
}

/** Whether an address for this server would help, or only a smaller file. */
export function tooLargeCode({
  provider,
  takesUrl,
}: UpstreamConfig): "public_url_missing" | "file_too_large" {
  return apiOf(provider) === "openai" || takesUrl ? "file_too_large" : "public_url_missing";
}
