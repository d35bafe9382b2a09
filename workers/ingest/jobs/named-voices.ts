import { applyLayer } from "../../../shared/edits/apply-layer.ts";
import { type NamedVoice, voicesOf } from "../../../shared/edits/carry-names.ts";
import type { Job } from "../../../shared/job.ts";
import { readLayer } from "../../../shared/storage/edits.ts";
import { loadTranscript } from "../../../shared/storage/transcripts.ts";

/** Where the people are heard who have names in a job's transcript; kept with another job of the same recording. */
export async function namedVoices(db: D1Database, job: Job): Promise<NamedVoice[]> {
  const isThere = job.status === "completed" && job.retention.transcriptRemovedAt === null;
  if (!isThere || Object.keys(job.speakers).length === 0) return [];
  const { edits } = await readLayer(db, job);
  return voicesOf(applyLayer(await loadTranscript(db, job), { speakers: {}, edits }), job.speakers);
}
