import { type Failure, failure } from "../../../shared/failure.ts";
import { fileExtension } from "../../../shared/file-name.ts";
import type { Audio, Job } from "../../../shared/job.ts";
import { MAX_AUDIO_BYTES, MAX_IMPORT_STARTS, SOURCE_PAUSE_MS } from "../../../shared/limits.ts";
import { err, ok, type Result } from "../../../shared/result.ts";
import type { SourceFacts } from "../../../shared/source-facts.ts";
import { readImport } from "../../../shared/storage/imports.ts";
import { audioKey } from "../../../shared/storage/job-objects.ts";
import { saveImport } from "../../../shared/storage/job-work.ts";
import { readBytesLeft } from "../../../shared/storage/quota.ts";
import { AudioTooLargeError } from "../../../shared/storage/store-audio.ts";
import type { Deps } from "../deps.ts";
import { fail, type Outcome } from "../outcome.ts";
import { download } from "./download.ts";
import { findOrigin } from "./find-origin.ts";
import { ClaimLostError, RecordingWriter, UploadGoneError } from "./recording-writer.ts";

/** After a longer import the job continues in a new invocation: a call may take nearly all of the 15 minutes. */
const FRESH_START_MS = 30_000;

/**
 * Fetches a job's audio from its URL into R2, so that everything after it works as for an upload. Bytes that an earlier
 * attempt has stored are not fetched again.
 */
export async function importSource(deps: Deps, job: Job, signal: AbortSignal): Promise<Result<Job, Outcome>> {
  const { sourceUrl } = job;
  if (job.audioKey !== null || sourceUrl === null) return ok(job);
  const started = deps.now();
  const saved = await readImport(deps.db, job.id);
  const origin = await findOrigin(deps, job, sourceUrl, saved.headers);
  if (!origin.ok) return origin;
  const maxBytes = Math.min(MAX_AUDIO_BYTES, await readBytesLeft(deps.db, job.tenantId));
  const writer = new RecordingWriter(deps, job, saved, (source) => keyOf(job, source), maxBytes);
  try {
    const outcome = await download(deps, { ...job, sourceUrl }, writer, origin.value, signal);
    if (outcome) return err(await clearUp(writer, outcome));
    const { key, source, bytes, sha256 } = await writer.finish();
    if (bytes > (await readBytesLeft(deps.db, job.tenantId))) {
      await deps.bucket.delete(key); // others were stored meanwhile
      return err(fail(tooLarge(bytes - 1)));
    }
    const audio: Audio = {
      ...job.audio,
      filename: nameOf(job, source),
      content_type: source.contentType,
      bytes,
      sha256,
    };
    const now = deps.now();
    if (!(await saveImport(deps.db, job, key, audio, now))) return err({ kind: "lease_lost" });
    if (now - started > FRESH_START_MS) return err({ kind: "defer", until: now, reason: "imported" });
    return ok({ ...job, audioKey: key, audio, stage: "probing", storedAt: now });
  } catch (error) {
    if (error instanceof ClaimLostError) return err({ kind: "lease_lost" });
    if (error instanceof AudioTooLargeError) {
      return err(await clearUp(writer, fail(tooLarge(maxBytes))));
    }
    if (error instanceof UploadGoneError) return err(await startAgain(deps, writer));
    throw error; // storage: not the source's fault
  }
}

/** @param most that could be taken: of any recording, or of what the tenant may still store */
function tooLarge(most: number): Failure {
  if (most === MAX_AUDIO_BYTES) {
    return failure("file_too_large", `The URL's file is larger than ${most} bytes.`);
  }
  const seen = `The URL's file is larger than ${most} bytes, all that this tenant's limit bytes_stored leaves.`;
  return failure("quota_exceeded", seen);
}

function nameOf(job: Job, source: SourceFacts): string | null {
  return job.audio.filename ?? source.filename;
}

function keyOf(job: Job, source: SourceFacts): string {
  return audioKey(job.tenantId, job.id, fileExtension(nameOf(job, source), source.contentType));
}

/** A job that ends leaves no upload behind. If this fails, the sweep does it. */
async function clearUp(writer: RecordingWriter, outcome: Outcome): Promise<Outcome> {
  if (outcome.kind === "fail" && writer.hasStored) await writer.startOver().catch(() => undefined);
  return outcome;
}

/** R2 no longer has the stored bytes, or another Worker has replaced some of them. */
async function startAgain(deps: Deps, writer: RecordingWriter): Promise<Outcome> {
  try {
    await writer.startOver();
  } catch (error) {
    if (error instanceof ClaimLostError) return { kind: "lease_lost" };
    throw error;
  }
  if (writer.restarts < MAX_IMPORT_STARTS) {
    return { kind: "defer", until: deps.now() + SOURCE_PAUSE_MS, reason: "importing" };
  }
  return fail(failure("internal_error", "What was stored of the URL's file was lost again and again."));
}
