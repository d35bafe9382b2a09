import { useEffect, useMemo } from "preact/hooks";
import { formatClock, formatLanguage, formatMoment } from "../app/format.ts";
import { Loading } from "../app/loading.tsx";
import { Problem } from "../app/problem.tsx";
import { nameOf } from "../jobs/job-words.ts";
import { isUnheard, Warnings } from "../jobs/warnings.tsx";
import { AgainButton } from "./again.tsx";
import { ConflictNotice } from "./conflict-notice.tsx";
import { CopyButton } from "./copy.tsx";
import { DeleteButton } from "./delete.tsx";
import { DownloadButton } from "./download.tsx";
import { HelpDialog } from "./help-dialog.tsx";
import { useKeys } from "./keys.ts";
import { NoWords } from "./no-words.tsx";
import { ParagraphList } from "./paragraph-list.tsx";
import { Player } from "./player.tsx";
import { Reading } from "./reading.ts";
import { ShareButton } from "./share.tsx";
import { SpeakerDialog } from "./speaker-dialog.tsx";
import { SpeakerList } from "./speaker-list.tsx";
import { Toolbar } from "./toolbar.tsx";
import type { OpenTranscript } from "./transcript.ts";

/** A transcript to read, listen to, correct and download. */
export function Reader({ transcript, at }: { transcript: OpenTranscript; at: number | null }) {
  const reading = useMemo(() => new Reading(transcript), [transcript]);
  useEffect(() => () => reading.close(), [reading]);
  useKeys(reading);
  useOpenAt(reading, at);

  const { diarist, job, readOnly, error, isWhole } = transcript;
  const of = { diarist, job };
  const isSilent = isUnheard(job);
  return (
    <article class="transcript" data-whole={isWhole.value || undefined}>
      <header class="transcript-head">
        {!readOnly && (
          <a class="back" href="#/">
            ← Recordings
          </a>
        )}
        <div>
          <h1>{nameOf(job)}</h1>
          <Facts transcript={transcript} />
        </div>
        <div class="actions">
          {!isSilent && <DownloadButton {...of} />}
          {!isSilent && <CopyButton {...of} />}
          {!readOnly && !isSilent && <AgainButton {...of} />}
          {!readOnly && <ShareButton {...of} />}
          {!readOnly && <DeleteButton {...of} />}
        </div>
      </header>
      {error.value !== null && <Problem error={error.value} onRetry={() => location.reload()} />}
      <ConflictNotice reading={reading} />
      {isSilent ? <NoWords {...of} readOnly={readOnly} /> : <Words reading={reading} />}
      <Player reading={reading} />
      {reading.menu.value && (
        <SpeakerDialog key={reading.menu.value.speakerId} reading={reading} menu={reading.menu.value} />
      )}
      {reading.helpIsOpen.value && <HelpDialog reading={reading} />}
    </article>
  );
}

/** What was said, by whom. */
function Words({ reading }: { reading: Reading }) {
  const { job, words, error, paragraphs, isWhole } = reading.transcript;
  return (
    <>
      <Warnings warnings={job.result?.warnings ?? []} />
      <Toolbar reading={reading} />
      <div class="reading">
        <SpeakerList reading={reading} />
        {words.value === null && error.value === null && <Loading />}
        {isWhole.value && paragraphs.value.length === 0 && (
          <p class="empty">Nothing is said in this recording.</p>
        )}
        {paragraphs.value.length > 0 && <ParagraphList reading={reading} />}
      </div>
    </>
  );
}

function Facts({ transcript }: { transcript: OpenTranscript }) {
  const { job, speakers } = transcript;
  const { result } = job;
  const people = speakers.value.list.length;
  const facts = [
    formatMoment(job.created_at, new Date()),
    result && formatClock(result.duration),
    result?.language && formatLanguage(result.language),
    result && !isUnheard(job) && `${result.words.toLocaleString()} words`,
    people > 0 && `${people} ${people === 1 ? "speaker" : "speakers"}`,
    job.task === "translate" && "translated",
  ];
  return <p class="facts">{facts.filter(Boolean).join(" · ")}</p>;
}

/** A link with `?t=` opens at that moment, as soon as its words are here. */
function useOpenAt(reading: Reading, at: number | null): void {
  const { words, isWhole } = reading.transcript;
  const last = words.value ? (words.value.starts[words.value.count - 1] ?? 0) : -1;
  const isHere = at !== null && words.value !== null && (isWhole.value || last >= at);
  useEffect(() => {
    if (isHere) reading.goTo(at);
  }, [reading, at, isHere]);
}
