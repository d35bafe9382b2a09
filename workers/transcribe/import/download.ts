import { failure } from "../../../shared/failure.ts";
import type { Job } from "../../../shared/job.ts";
import {
  IMPORT_SLICE_MS,
  IMPORT_SLICE_PARTS,
  MAX_FAILURES,
  MAX_IMPORT_STARTS,
  SOURCE_PAUSE_MS,
} from "../../../shared/limits.ts";
import { log } from "../../../shared/log.ts";
import type { Deps } from "../deps.ts";
import { fail, type Outcome } from "../outcome.ts";
import { askSource } from "./ask-source.ts";
import type { Continuation } from "./check-response.ts";
import type { Origin } from "./origin.ts";
import { receiveBody } from "./receive-body.ts";
import type { RecordingWriter } from "./recording-writer.ts";

/**
 * Fetches what is missing of the job's recording into the writer; null when nothing is missing any more. What breaks
 * off is continued at once as long as each request brings a part or more. Otherwise a later attempt goes on; five in
 * a row that bring nothing end the job, and so do five downloads that had to start again.
 */
export async function download(
  deps: Deps,
  job: Job & { sourceUrl: string },
  writer: RecordingWriter,
  origin: Origin,
  signal: AbortSignal,
): Promise<Outcome | null> {
  const until = deps.now() + IMPORT_SLICE_MS;
  while (!writer.isWhole) {
    const continuation = continuationOf(writer);
    if (writer.hasStored && !continuation) {
      const outcome = await startOver(writer, "The server cannot continue a download.");
      if (outcome) return outcome;
    }
    const asked = await askSource(deps, job.sourceUrl, origin, continuation, signal);
    if (signal.aborted) return { kind: "lease_lost" };
    if (asked.kind === "nothing_left") return null;
    if (asked.kind === "refused") {
      return asked.passing
        ? later(deps, writer, asked.seen)
        : fail(origin.refusal(asked.seen, asked.isPage === true));
    }
    if (asked.kind === "cannot_continue") {
      const outcome = await startOver(writer, asked.seen);
      if (outcome) return outcome;
      continue;
    }
    const { who, source, body } = asked;
    if (continuation && !asked.isRest) {
      const outcome = await startOver(
        writer,
        `${who} sent the file from its beginning when asked for the rest.`,
      );
      if (outcome) {
        await body.cancel();
        return outcome;
      }
    }
    const storedBefore = writer.stored;
    const isOver = () =>
      deps.now() >= until || (source.validator !== null && writer.stored >= IMPORT_SLICE_PARTS);
    const ending = await receiveBody(writer, source, body, isOver, origin.mayDisguisePages);
    if (signal.aborted) return { kind: "lease_lost" };
    if (ending.kind === "end") {
      return writer.bytes > 0 ? null : fail(unreachable(`${who} answered an empty body.`));
    }
    if (ending.kind === "page") {
      return fail(origin.refusal(`${who} sent a web page (HTML) and not the audio itself.`, true));
    }
    log("import.interrupted", { job_id: job.id, attempt: job.attempt, bytes: writer.bytes, by: ending.kind });
    const seen =
      ending.kind === "broken"
        ? `${who} ${ending.seen}.`
        : `${who} sent ${writer.bytes} bytes in ${IMPORT_SLICE_MS / 60_000} minutes.`;
    if (writer.hasStored && !continuationOf(writer)) {
      return (
        (await startOver(writer, `${seen} The server cannot continue a download.`)) ??
        later(deps, writer, seen)
      );
    }
    if (ending.kind === "slice_over" && writer.stored > 0) {
      return { kind: "defer", until: deps.now(), reason: "importing" };
    }
    if (ending.kind === "slice_over" || writer.stored === storedBefore) return later(deps, writer, seen);
  }
  return null;
}

/** Null when the download can start again. */
async function startOver(writer: RecordingWriter, seen: string): Promise<Outcome | null> {
  await writer.startOver();
  if (writer.restarts < MAX_IMPORT_STARTS) return null;
  return fail(unreachable(`${seen} The download was begun ${writer.restarts} times.`));
}

/** Another attempt. One that has stored something does not count as failed. */
function later(deps: Deps, writer: RecordingWriter, seen: string): Outcome {
  if (writer.stored === 0) return { kind: "retry", failure: unreachable(seen), atMost: MAX_FAILURES };
  return { kind: "defer", until: deps.now() + SOURCE_PAUSE_MS, reason: "source_interrupted" };
}

/** Null: the next request is for the whole recording. */
function continuationOf({ bytes, source }: RecordingWriter): Continuation | null {
  return bytes > 0 && source?.validator ? { from: bytes, source } : null;
}

function unreachable(message: string) {
  return failure("source_unreachable", message);
}
