import "./search.css";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Diarist, dataOf, type Schemas } from "../api/diarist.ts";
import { formatClock } from "../app/format.ts";
import { PagedList } from "../app/paged-list.tsx";
import { hrefOfJob, replaceHash } from "../app/router.ts";
import { speakerName } from "../app/speaker-name.ts";
import { usePages } from "../app/use-pages.ts";
import { MarkedText } from "./marked-text.tsx";

type Hit = Schemas["Hit"];

const PAGE = 30;
/** Waits after the last letter: results for half a word help nobody. */
const TYPING_MS = 250;

/** Searches all transcripts; each hit leads to its moment. */
export default function SearchView({ diarist, query }: { diarist: Diarist; query: string }) {
  const [words, setWords] = useState(query);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const asked = useRef(query);
  const ask = () => {
    asked.current = words;
    replaceHash(hrefOfSearch(words));
  };
  useEffect(() => {
    if (query === asked.current) return; // the query of this search; more may have been typed since
    asked.current = query;
    setWords(query);
  }, [query]);
  useEffect(() => {
    if (words === asked.current) return;
    const timer = setTimeout(ask, TYPING_MS);
    return () => clearTimeout(timer);
  }, [words]);

  const found = usePages(
    query.trim() === ""
      ? null
      : (after, signal) => {
          const params = { query: { q: query, limit: PAGE, ...(after && { after }) } };
          return dataOf(diarist.api.GET("/v1/search", { params, signal }));
        },
    [diarist, query],
  );

  return (
    <>
      <h1>Search what was said</h1>
      <search>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            ask();
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
      <p class="fine found" role="status">
        {found.items && describeCount(found.items.length, found.hasMore)}
      </p>
      {query.trim() !== "" && (
        <PagedList pages={found} empty={null}>
          {(hits) =>
            groupByJob(hits).map((group) => (
              <Hits key={`${group[0]?.job_id} ${group[0]?.start}`} hits={group} />
            ))
          }
        </PagedList>
      )}
    </>
  );
}

/** The hits of one recording. */
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
              {speaker !== null && <span class="hit-speaker">{speakerName(speaker, speaker_name)}</span>}
              <span class="hit-text">
                <MarkedText text={snippet} matches={matches} />
              </span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Hits are sorted by job, newest first: those of one job are neighbours. */
function groupByJob(hits: Hit[]): Hit[][] {
  const groups: Hit[][] = [];
  for (const hit of hits) {
    const group = groups.at(-1);
    if (group?.[0]?.job_id === hit.job_id) group.push(hit);
    else groups.push([hit]);
  }
  return groups;
}

function describeCount(count: number, hasMore: boolean): string {
  if (count === 0 && !hasMore) return "Nobody said that. All words must be in one place; begin* finds more.";
  return `${count}${hasMore ? " or more" : ""} ${count === 1 ? "place" : "places"}`;
}

function hrefOfSearch(words: string): string {
  return words.trim() === "" ? "#/search" : `#/search?q=${encodeURIComponent(words)}`;
}
