import { batch, signal } from "@preact/signals";
import { followEvents } from "../../client/events.ts";
import { ApiError, type Diarist, dataOf, type Job } from "../api/diarist.ts";
import { followJob } from "../api/follow-job.ts";
import { isOver } from "./job-words.ts";

export const STATUSES = ["queued", "processing", "completed", "failed", "canceled"] as const;
export type JobFilter = { status: (typeof STATUSES)[number] | null; tag: string | null };
type JobList = ReturnType<typeof createJobList>;

const PAGE = 30;
/** The most that the API returns at once. */
const MOST_AT_ONCE = 100;
/** Simultaneous streams: browsers open six connections to a server over HTTP/1.1, and other requests need some. */
const MOST_FOLLOWED = 2;
const COME_BACK_MS = 5_000;

let latest: { diarist: Diarist; list: JobList } | null = null;

/** The list that was shown last, as it was left, if it has this filter; else a new one. */
export function openJobList(diarist: Diarist, { status, tag }: JobFilter): JobList {
  const left = latest?.list.filter;
  if (latest?.diarist !== diarist || left?.status !== status || left.tag !== tag) {
    latest = { diarist, list: createJobList(diarist, { status, tag }) };
  }
  return latest.list;
}

/** The jobs of a filter, newest first, page by page. `live` keeps them in step with the server. */
function createJobList(diarist: Diarist, filter: JobFilter) {
  const jobs = signal<Job[] | null>(null);
  const next = signal<string | null>(null);
  const error = signal<unknown>(null);
  const isLoading = signal(false);
  let turns = 0;

  const query = {
    ...(filter.status && { status: filter.status }),
    ...(filter.tag && { tag: filter.tag }),
  };

  /** Reads the next page, or everything shown so far again. A response that came too late is dropped. */
  async function load(after: string | null): Promise<void> {
    const turn = ++turns;
    const count = after === null ? (jobs.value?.length ?? 0) : 0;
    const found: Job[] = [];
    let behind = after;
    isLoading.value = true;
    try {
      do {
        const limit = Math.min(MOST_AT_ONCE, Math.max(PAGE, count - found.length));
        const params = { query: { ...query, limit, ...(behind && { after: behind }) } };
        const page = await dataOf(diarist.api.GET("/v1/jobs", { params }));
        if (turn !== turns) return;
        found.push(...page.data);
        behind = page.next;
      } while (behind !== null && found.length < count);
      batch(() => {
        jobs.value = after === null ? found : [...(jobs.value ?? []), ...found];
        next.value = behind;
        error.value = null;
      });
    } catch (problem) {
      if (turn === turns) error.value = problem;
    }
    if (turn === turns) isLoading.value = false;
  }

  /** Inserts or updates a job, or removes it when it no longer matches the filter. */
  function put(job: Job): void {
    const others = (jobs.value ?? []).filter(({ id }) => id !== job.id);
    const oldest = others.at(-1);
    // Jobs older than the last page come with their own page.
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

  /** Follows events until the signal is aborted. @throws its reason, or ApiError when the key may not */
  async function live(signal: AbortSignal): Promise<void> {
    const followed = new Set<string>();
    const stopFollowing = followUnfinished(followed, signal);
    try {
      for (;;) {
        await followChanges(followed, signal).catch((problem: unknown) => {
          signal.throwIfAborted();
          if (problem instanceof ApiError && (problem.status === 401 || problem.status === 403))
            throw problem;
        });
        // The server could not be reached for a while: read what was missed.
        await diarist.reach.pause(COME_BACK_MS, signal);
        await load(null);
      }
    } finally {
      stopFollowing();
    }
  }

  /** Follows the newest few, each by its own stream. */
  function followUnfinished(followed: Set<string>, signal: AbortSignal): () => void {
    const givenUp = new Set<string>();
    return jobs.subscribe((known) => {
      for (const job of known ?? []) {
        const { id } = job;
        if (isOver(job) || followed.has(id) || givenUp.has(id) || followed.size >= MOST_FOLLOWED) continue;
        followed.add(id);
        void followJob(diarist, id, put, signal)
          .catch(() => givenUp.add(id)) // refused: its events still arrive
          .then(() => {
            followed.delete(id);
            if (!signal.aborted) jobs.value = jobs.value && [...jobs.value]; // now the next one
          });
      }
    });
  }

  async function followChanges(followed: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    for await (const event of followEvents(diarist.reach, diarist.api, { signal })) {
      if (event.job_id !== null && !followed.has(event.job_id)) await refresh(event.job_id);
    }
  }

  return { filter, jobs, next, error, isLoading, load, put, remove, live, scrolledTo: 0 };
}

function belongsTo({ status, tags }: Job, filter: JobFilter): boolean {
  return (
    (filter.status === null || filter.status === status) && (filter.tag === null || tags.includes(filter.tag))
  );
}
