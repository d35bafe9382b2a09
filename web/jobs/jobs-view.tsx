import "./jobs.css";
import { useSignalEffect } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Diarist } from "../api/diarist.ts";
import { Loading } from "../app/loading.tsx";
import { Problem } from "../app/problem.tsx";
import { go } from "../app/router.ts";
import { SampleButton } from "../upload/sample-button.tsx";
import { UploadPanel } from "../upload/upload-panel.tsx";
import { created } from "../upload/uploads.ts";
import { type JobFilter, openJobList, STATUSES } from "./job-list.ts";
import { JobRow } from "./job-row.tsx";
import { STATUS_WORDS } from "./job-words.ts";

type JobsViewProps = { diarist: Diarist; status: string | null; tag: string | null };

/** Where recordings are added, and the list of them. */
export function JobsView({ diarist, status, tag }: JobsViewProps) {
  const filter: JobFilter = { status: STATUSES.find((name) => name === status) ?? null, tag };
  const list = openJobList(diarist, filter);

  // Coming back from a recording restores the scroll position.
  const shown = useRef(list);
  shown.current = list;
  useLayoutEffect(() => {
    scrollTo(0, list.scrolledTo);
    return () => {
      shown.current.scrolledTo = scrollY;
    };
  }, []);

  // A hidden page is not followed; it is reloaded when it is shown again.
  useEffect(() => {
    let watching: AbortController | null = null;
    const watch = () => {
      watching?.abort();
      watching = null;
      if (document.hidden) return;
      watching = new AbortController();
      const { signal } = watching;
      void list.load(null);
      // A key may have access to jobs but not to events: then the list stays as it was loaded.
      list.live(signal).catch(() => undefined);
    };
    watch();
    document.addEventListener("visibilitychange", watch);
    return () => {
      document.removeEventListener("visibilitychange", watch);
      watching?.abort();
    };
  }, [list]);
  useSignalEffect(() => {
    const job = created.value;
    if (!job) return;
    list.put(job);
    created.value = null; // when this view is opened again, the list is newer
  });

  const jobs = list.jobs.value;
  const isFiltered = filter.status !== null || tag !== null;
  return (
    <>
      <h1 class="hidden">Recordings</h1>
      <UploadPanel diarist={diarist} />
      <Filters filter={filter} />
      {list.error.value !== null && <Problem error={list.error.value} onRetry={() => void list.load(null)} />}
      {jobs === null && list.error.value === null && <Loading />}
      {jobs?.length === 0 && (
        <div class="empty">
          <h2>{isFiltered ? "No recording matches" : "No recordings yet"}</h2>
          <p class="muted">
            {isFiltered ? (
              <a href="#/">Show all</a>
            ) : (
              "Add one above. Who said what, and when, shows up here a moment later."
            )}
          </p>
          {!isFiltered && <SampleButton diarist={diarist} />}
          {!isFiltered && <p class="fine">A stand-up of three people, 48 seconds</p>}
        </div>
      )}
      {jobs !== null && jobs.length > 0 && (
        <ul class="jobs" aria-label="Recordings">
          {jobs.map((job) => (
            <JobRow key={job.id} job={job} diarist={diarist} onChange={list.put} onRemove={list.remove} />
          ))}
        </ul>
      )}
      {list.next.value !== null && (
        <p class="more">
          <button
            type="button"
            disabled={list.isLoading.value}
            onClick={() => void list.load(list.next.value)}
          >
            Show more
          </button>
        </p>
      )}
    </>
  );
}

function Filters({ filter: { status, tag } }: { filter: JobFilter }) {
  return (
    <div class="filters">
      <search>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            const words = new FormData(event.currentTarget).get("q");
            go(`#/search?q=${encodeURIComponent(String(words))}`);
          }}
        >
          <input
            type="search"
            name="q"
            required
            aria-label="Search what was said"
            placeholder="Search what was said"
          />
        </form>
      </search>
      {tag !== null && (
        <a class="tag chosen" href={hrefOf(status, null)} aria-label={`Tag ${tag}: show all tags`}>
          {tag} <span aria-hidden="true">×</span>
        </a>
      )}
      <select
        aria-label="Status"
        value={status ?? ""}
        onChange={({ currentTarget }) => go(hrefOf(currentTarget.value || null, tag))}
      >
        <option value="">All recordings</option>
        {STATUSES.map((name) => (
          <option key={name} value={name}>
            {STATUS_WORDS[name]}
          </option>
        ))}
      </select>
    </div>
  );
}

/** The list with this filter. */
function hrefOf(status: string | null, tag: string | null): string {
  const query = new URLSearchParams({ ...(status && { status }), ...(tag && { tag }) });
  return query.size > 0 ? `#/?${query}` : "#/";
}
