import type { Context } from "hono";
import type { Layer } from "../../../shared/edits/layer.ts";
import type { Job } from "../../../shared/job.ts";
import { readLayer } from "../../../shared/storage/edits.ts";
import { depsOf, type IngestApp } from "../app.ts";
import { Refusal } from "../http/problem.ts";
import { refuseFields } from "../http/refuse-fields.ts";
import { findJob, requireTranscript } from "./find-job.ts";
import { reviseTranscript } from "./revise-transcript.ts";
import { etagOf, revisionConflict } from "./revision.ts";

/** How often another change of the names may come between reading and writing. */
const MAX_TRIES = 5;

/** By speaker id; null takes a name away. */
type Names = Record<string, string | null>;

/**
 * Adds names to those a transcript has. Without If-Match they are added to the newest revision.
 * @returns the job with its new revision
 * @throws Refusal
 */
export async function nameSpeakers(c: Context<IngestApp>, first: Job, names: Names): Promise<Job> {
  let job = first;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const layer = await withNames(c, job, names);
    if (JSON.stringify(layer.speakers) === JSON.stringify(job.speakers)) return job;
    const named = await reviseTranscript(depsOf(c), job, layer, null);
    if (named) return named;
    job = await findJob(c, job.id);
  }
  throw new Refusal("revision_conflict", "Others are changing this transcript.");
}

/** The job's layer with these names in it. @throws Refusal when they cannot be given */
export async function withNames(c: Context<IngestApp>, job: Job, names: Names): Promise<Layer> {
  requireTranscript(job);
  const expected = c.req.header("if-match");
  if (expected !== undefined && expected !== etagOf(job) && expected !== "*") {
    throw revisionConflict(job.revision);
  }
  const layer = await readLayer(c.env.DB, job);
  const known = new Set([...job.result.speakers, ...layer.edits.flatMap(({ speaker }) => speaker ?? [])]);
  const errors = Object.keys(names)
    .filter((id) => !known.has(id))
    .map((id) => ({
      field: `speakers.${id}`,
      message: `is no speaker of this transcript; it has ${[...known].join(", ") || "none"}`,
    }));
  if (errors.length > 0) throw refuseFields(errors);
  const speakers: Record<string, string> = { ...layer.speakers };
  for (const [id, name] of Object.entries(names)) {
    if (name === null) delete speakers[id];
    else speakers[id] = name;
  }
  return { ...layer, speakers };
}
