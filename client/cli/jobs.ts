import { writeFile } from "node:fs/promises";
import type { AgainOptions, paths } from "../index.ts";
import { connect } from "./connect.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { readPages } from "./read-pages.ts";
import { JOB_HEAD, showJob, showJobRow, showTable, showWarnings } from "./show.ts";
import type { Format } from "./sources.ts";

type Filter = Omit<NonNullable<paths["/v1/jobs"]["get"]["parameters"]["query"]>, "after" | "limit">;

/** `diarist jobs`: the newest first. */
export async function listJobs(
  { filter, limit, json }: { filter: Filter; limit: number; json: boolean },
  signal: AbortSignal,
): Promise<ExitCode> {
  const { api } = await connect(signal);
  const jobs = await readPages(limit, (page) =>
    api.GET("/v1/jobs", { params: { query: { ...filter, ...page } }, signal }),
  );
  if (json) for (const job of jobs) console.log(JSON.stringify(job));
  else if (jobs.length > 0) console.log(showTable(JOB_HEAD, jobs.map(showJobRow)));
  else console.error("No jobs.");
  return EXIT.done;
}

/** `diarist get`: a job, or its transcript. */
export async function getJob(
  id: string,
  { format, out, wait, json }: { format?: Format; out?: string; wait: boolean; json: boolean },
  signal: AbortSignal,
): Promise<ExitCode> {
  const diarist = await connect(signal);
  const { data } = wait
    ? { data: await diarist.wait(id, { signal }) }
    : await diarist.api.GET("/v1/jobs/{id}", { params: { path: { id } }, signal });
  if (!data) throw new TypeError("The server's response has no job.");
  showWarnings(data);
  if (format) {
    const transcript = await diarist.transcript(id, format, signal);
    const bytes = new Uint8Array(await transcript.arrayBuffer());
    if (out === undefined) process.stdout.write(bytes);
    else await writeFile(out, bytes);
    return EXIT.done;
  }
  console.log(json ? JSON.stringify(data) : showJob(data));
  return wait && data.status !== "completed" ? EXIT.failed : EXIT.done;
}

/** `diarist again`: another transcript of a job's recording. */
export async function transcribeAgain(
  id: string,
  { job, wait, json }: { job: AgainOptions; wait: boolean; json: boolean },
  signal: AbortSignal,
): Promise<ExitCode> {
  const diarist = await connect(signal);
  const made = await diarist.transcribeAgain(id, { ...job, signal });
  const shown = wait ? await diarist.wait(made.id, { signal }) : made;
  showWarnings(shown);
  console.log(json ? JSON.stringify(shown) : showJob(shown));
  return wait && shown.status !== "completed" ? EXIT.failed : EXIT.done;
}
