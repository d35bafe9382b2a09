import "./search.css";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Diarist, dataOf, type Schemas } from "../api/diarist.ts";
import { formatClock } from "../app/format.ts";
import { Problem } from "../app/problem.tsx";
import { hrefOfJob, replaceHash } from "../app/router.ts";
import { tellProblem } from "../app/toasts.tsx";
import { MarkedText } from "./marked-text.tsx";

type Hit = Schemas["Hit"];
type Found = { hits: Hit[]; next: string | null };

const PAGE = 30;
/** After the last letter: nobody reads what is found for half a word. */
const TYPING_MS = 250;

/** What was said, in all transcripts; each hit leads to its moment. */
export default function SearchView({ diarist, query }: { diarist: Diarist; query: string }) {
  const [words, setWords] = useState(query);
  const [found, setFound] = useState<Found | null>(null);
  const [error, setError] = useState<unknown>(null);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  useEffect(() => setWords(query), [query]);
  useEffect(() => {
    if (words === query) return;
    const timer = setTimeout(() => replaceHash(hrefOfSearch(words)), TYPING_MS);
    return () => clearTimeout(timer);
  }, [words, query]);

  const search = async (signal?: AbortSignal, after?: string): Promise<Found> => {
    const params = { query: { q: query, limit: PAGE, ...(after && { after }) } };
    const { data, next } = await dataOf(diarist.api.GET("/v1/search", { params, ...(signal && { signal }) }));
    return { hits: data, next };
  };
  useEffect(() => {
    setError(null);
    if (query.trim() === "") return setFound(null);
    const leaving = new AbortController();
    search(leaving.signal).then(setFound, (problem) => leaving.signal.aborted || setError(problem));
    return () => leaving.abort();
  }, [diarist, query]);
  const more = async () => {
    if (!found?.next) return;
    const { hits, next } = await search(undefined, found.next);
    setFound({ hits: [...found.hits, ...hits], next });
  };

  return (
    <>
      <h1>Search what was said</h1>
      <search>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            replaceHash(hrefOfSearch(words));
          }}
        >
          <input
            ref={input}
            type="search"
            aria-label="Words to look for"
            placeholder='Words, "in a row", begin*'
            value={words}
            onInput={({ currentTarget }) => setWords(currentTarget.value)}
          />
        </form>
      </search>
      {error !== null && <Problem error={error} />}
      <p class="fine found" role="status">
        {found && describeCount(found)}
      </p>
      {error === null &&
        found &&
        groupByJob(found.hits).map((group) => <Hits key={group[0]?.start} hits={group} />)}
      {found?.next && (
        <p class="more">
          <button type="button" onClick={() => void more().catch(tellProblem)}>
            Show more
          </button>
        </p>
      )}
    </>
  );
}

/** Hits of one recording. */
function Hits({ hits }: { hits: Hit[] }) {
  const [first] = hits;
  if (!first) return null;
  return (
    <section class="hits card">
      <h2>
        <a href={hrefOfJob(first.job_id)}>{first.filename || first.job_id}</a>
      </h2>
      <ul>
        {hits.map(({ job_id, start, speaker, speaker_name, snippet, matches }) => (
          <li key={start}>
            <a class="hit" href={hrefOfJob(job_id, start)}>
              <span class="hit-time">{formatClock(start)}</span>
              <span>
                {(speaker_name || speaker) && <strong class="hit-speaker">{speaker_name || speaker}</strong>}{" "}
                <MarkedText text={snippet} matches={matches} />
              </span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Hits come newest job first: those of a job are neighbours. */
function groupByJob(hits: Hit[]): Hit[][] {
  const groups: Hit[][] = [];
  for (const hit of hits) {
    const group = groups.at(-1);
    if (group?.[0]?.job_id === hit.job_id) group.push(hit);
    else groups.push([hit]);
  }
  return groups;
}

function describeCount({ hits, next }: Found): string {
  if (hits.length === 0 && next === null)
    return "Nobody said that. All words must be in one place; begin* finds more.";
  return `${hits.length}${next === null ? "" : " or more"} ${hits.length === 1 ? "place" : "places"}`;
}

function hrefOfSearch(words: string): string {
  return words.trim() === "" ? "#/search" : `#/search?q=${encodeURIComponent(words)}`;
}
