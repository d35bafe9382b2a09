import type { Context } from "hono";
import type { Job } from "../../../shared/job.ts";
import type { IngestApp } from "../app.ts";
import { Refusal } from "../http/problem.ts";

/** The ETag of a job's revision. */
export function etagOf(job: Job): string {
  return `"${job.revision}"`;
}

/**
 * Checks If-Match, so that nobody overwrites a change they have not seen.
 * @throws Refusal unless it names the newest revision
 */
export function requireRevision(c: Context<IngestApp>, job: Job): void {
  const header = c.req.header("if-match");
  if (header === undefined) throw new Refusal("revision_required", "The request has no If-Match.");
  const tags = header.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  if (!tags.includes(etagOf(job)) && !tags.includes("*")) throw revisionConflict(job.revision);
}

/** @param revision that the transcript has now, if it is known */
export function revisionConflict(revision: number | "another one"): Refusal {
  return new Refusal("revision_conflict", `The transcript's revision is ${revision} by now.`);
}
