import { failure } from "../../../shared/failure.ts";
import { describeError, log } from "../../../shared/log.ts";
import { err, ok, type Result } from "../../../shared/result.ts";
import { isPassing } from "../../../shared/storage/passing-error.ts";
import { fail, type Outcome } from "../outcome.ts";
import { CannotCut } from "./cannot-cut.ts";

/** A recording that passed the probe and cannot be cut may be a read that broke off, so it is tried once more. */
const MAX_TRIES = 2;

/**
 * Runs code that parses the recording. An error of the parser says something about the file and becomes an outcome; an
 * error of the storage is ours and is thrown.
 */
export async function readRecording<T>(
  bucket: R2Bucket,
  read: (bucket: R2Bucket) => Promise<T>,
): Promise<Result<T, Outcome>> {
  const watched = watchStorage(bucket);
  try {
    return ok(await read(watched.bucket));
  } catch (error) {
    if (watched.hasFailed() || isPassing(error)) throw error;
    if (error instanceof CannotCut) return err(fail(error.failure));
    log("recording.unreadable", { error: describeError(error) });
    const damaged = failure("upload_corrupt", "The recording is damaged: it cannot be taken apart.");
    return err({ kind: "retry", failure: damaged, atMost: MAX_TRIES });
  }
}

function watchStorage(bucket: R2Bucket): { bucket: R2Bucket; hasFailed(): boolean } {
  let failed = false;
  const watched = new Proxy(bucket, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return async (...args: unknown[]) => {
        try {
          return await member.apply(target, args);
        } catch (error) {
          failed = true;
          throw error;
        }
      };
    },
  });
  return { bucket: watched, hasFailed: () => failed };
}
