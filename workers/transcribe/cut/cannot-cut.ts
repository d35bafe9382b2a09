import { type Failure, failure } from "../../../shared/failure.ts";
import type { Container } from "../media/container.ts";
import { StorageError } from "../media/open-media.ts";

/** The recording has something that the probe let pass and that does not go into parts. */
export class CannotCut extends Error {
  override name = "CannotCut";

  readonly failure: Failure;

  constructor(reason: Failure, options?: ErrorOptions) {
    super(reason.message, options);
    this.failure = reason;
  }
}

/**
 * What an error from the demuxer means: a parser that stumbles says something about the recording. Storage that fails
 * does not, and stays what it was.
 */
export function toCannotCut(error: unknown, container: Container): unknown {
  if (error instanceof StorageError) return error.cause;
  if (error instanceof CannotCut) return error;
  const message = `The ${container} file is damaged in the middle: its audio cannot be read.`;
  return new CannotCut(failure("upload_corrupt", message), { cause: error });
}
