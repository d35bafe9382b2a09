import { batch, signal } from "@preact/signals";
import { followEvents } from "../../client/events.ts";
import { ApiError, type Diarist, dataOf, type Job } from "../api/diarist.ts";
import { followJob } from "../api/follow-job.ts";
import { isOver } from "./job-words.ts";

export const STATUSES = ["queued", "processing", "completed", "failed", "canceled"] as const;
export type JobFilter = { status: (typeof STATUSES)[number] | null; tag: string | null };
export type JobList = ReturnType<typeof createJobList>;

const PAGE = 30;
/** Streams at once: browsers open six connections to a server over HTTP/1.1, and others need some. */
const MOST_FOLLOWED = 2;

/** The jobs of a filter, newest first, page by page. `live` keeps them as the server has them. */
export function createJobList(diarist: Diarist, filter: JobFilter) {
  const jobs = signal<Job[] | null>(null);
  const next = signal<string | null>(null);
  const error = signal<unknown>(null);
  const isLoading = signal(false);

  const query = {
    limit: PAGE,
    ...(filter.status && { status: filter.status }),
    ...(filter.tag && { tag: filter.tag }),
  };

  async function load(after: string | null): Promise<void> {
    isLoading.value = true;
    try {
      const params = { query: { ...query, ...(after && { after }) } };
      const page = await dataOf(diarist.api.GET("/v1/jobs", { params }));
      batch(() => {
        jobs.value = after ? [...(jobs.value ?? []), ...page.data] : page.data;
        next.value = page.next;
        error.value = null;
      });
    } catch (problem) {
      error.value = problem;
    }
    isLoading.value = false;
  }

  /** Puts a job in its place, or takes it out when it does not belong here any more. */
  function put(job: Job): void {
    const others = (jobs.value ?? []).filter(({ id }) => id !== job.id);
    const oldest = others.at(-1);
    // What is older than the last page comes with its own page.
    const isBehind = next.value !== null && oldest !== undefined && job.id < oldest.id;
    const belongs = belongsTo(job, filter) && !isBehind;
    jobs.value = belongs ? [...others, job].toSorted((a, b) => (a.id < b.id ? 1 : -1)) : others;
  }

  function remove(id: string): void {
    jobs.value = jobs.value?.filter((job) => job.id !== id) ?? null;
  }

  async function refresh(id: string): Promise<void> {
    try {
      put(await dataOf(diarist.api.GET("/v1/jobs/{id}", { params: { path: { id } } })));
    } catch (problem) {
      if (problem instanceof ApiError && problem.status === 404) remove(id);
      else throw problem;
    }
  }

  /** Follows what happens until the signal is aborted. */
  async function live(signal: AbortSignal): Promise<void> {
    const followed = new Set<string>();
    const givenUp = new Set<string>();
    const stopFollowing = jobs.subscribe((known) => {
      for (const job of known ?? []) {
        const { id } = job;
        if (isOver(job) || followed.has(id) || givenUp.has(id) || followed.size >= MOST_FOLLOWED) continue;
        followed.add(id);
        void followJob(diarist, id, put, signal)
          .catch(() => givenUp.add(id)) // refused: its events still tell
          .then(() => {
            followed.delete(id);
            if (!signal.aborted) jobs.value = jobs.value && [...jobs.value]; // the next one's turn
          });
      }
    });
    try {
      for await (const event of followEvents(diarist.reach, diarist.api, { signal })) {
        if (event.job_id !== null && !followed.has(event.job_id)) await refresh(event.job_id);
      }
    } finally {
      stopFollowing();
    }
  }

  return { jobs, next, error, isLoading, load, put, remove, live };
}

function belongsTo({ status, tags }: Job, filter: JobFilter): boolean {
  return (
    (filter.status === null || filter.status === status) && (filter.tag === null || tags.includes(filter.tag))
  );
}
