import type { ComponentChildren } from "preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { formatClock } from "../app/format.ts";
import { PenIcon } from "./icons.tsx";
import type { Match } from "./model/find-text.ts";
import type { Paragraph } from "./model/paragraphs.ts";
import type { Speaker } from "./model/speakers.ts";
import { textOf, type Words } from "./model/words.ts";
import { ParagraphEditor } from "./paragraph-editor.tsx";
import type { Reading } from "./reading.ts";
import { SpeakerMark } from "./speaker-list.tsx";
import { doubtText } from "./toolbar.tsx";

type ParagraphRowProps = {
  reading: Reading;
  index: number;
  total: number;
  paragraph: Paragraph;
  words: Words;
  isEditing: boolean;
  /** Pixels from the top of the list. */
  top: number;
  measure: (row: HTMLLIElement | null) => void;
};

export function ParagraphRow({
  reading,
  index,
  total,
  paragraph,
  words,
  isEditing,
  top,
  measure,
}: ParagraphRowProps) {
  const { transcript } = reading;
  const row = useRef<HTMLLIElement>(null);
  useLayoutEffect(() => {
    measure(row.current);
    return () => measure(null);
  }, [measure]);
  const seconds = words.starts[paragraph.first] ?? 0;
  const speaker = transcript.speakers.value.ofNumber(words.speakers[paragraph.first] ?? 0);
  const language = transcript.job.result?.language ?? undefined;
  return (
    <li
      ref={row}
      data-index={index}
      class="paragraph"
      tabIndex={-1}
      style={{ transform: `translateY(${top}px)` }}
      aria-setsize={total}
      aria-posinset={index + 1}
    >
      <div class="by">
        {speaker && <By reading={reading} speaker={speaker} index={index} paragraph={paragraph} />}
        <Time reading={reading} seconds={seconds} />
      </div>
      {isEditing ? (
        <ParagraphEditor reading={reading} paragraph={paragraph} words={words} />
      ) : (
        <>
          <Said reading={reading} paragraph={paragraph} words={words} language={language} />
          {reading.canEdit.value && (
            <button
              type="button"
              class="quiet small edit"
              aria-label="Correct this paragraph"
              title="Correct (E)"
              onClick={() => reading.edit(index)}
            >
              <PenIcon />
            </button>
          )}
        </>
      )}
    </li>
  );
}

type ByProps = { reading: Reading; speaker: Speaker; index: number; paragraph: Paragraph };

function By({ reading, speaker, index, paragraph }: ByProps) {
  const label = (
    <>
      <SpeakerMark speaker={speaker} />
      <span class="name">{speaker.name}</span>
    </>
  );
  if (reading.transcript.readOnly) return <span class="speaker">{label}</span>;
  // Pressing a button clears the selection, so it is read before.
  let selected: ReturnType<typeof selectedWords> = null;
  return (
    <button
      type="button"
      class="quiet speaker"
      title="Name, merge, or give these words to somebody else"
      onPointerDown={() => {
        selected = selectedWords(paragraph);
      }}
      onClick={() => {
        reading.menu.value = { speakerId: speaker.id, paragraph: index, selected };
      }}
    >
      {label}
    </button>
  );
}

/** The selected words of this paragraph, if any. */
function selectedWords({ first, end }: Paragraph): { first: number; end: number } | null {
  const selection = getSelection();
  if (!selection || selection.isCollapsed || selection.rangeCount === 0) return null;
  const range = selection.getRangeAt(0);
  const wordOf = (node: Node) => {
    const element = node instanceof Element ? node : node.parentElement;
    return Number(element?.closest<HTMLElement>("[data-w]")?.dataset["w"] ?? Number.NaN);
  };
  const [from, to] = [wordOf(range.startContainer), wordOf(range.endContainer)];
  if (!(from >= first && to < end && from <= to)) return null;
  return { first: from, end: to + 1 };
}

function Time({ reading, seconds }: { reading: Reading; seconds: number }) {
  const clock = formatClock(seconds);
  return (
    <button
      type="button"
      class="quiet time"
      aria-label={`Play from ${clock}`}
      onClick={() => {
        reading.follows.value = true;
        reading.playback.playFrom(seconds);
      }}
    >
      {clock}
    </button>
  );
}

type SaidProps = { reading: Reading; paragraph: Paragraph; words: Words; language: string | undefined };

/** The words, each clickable; spaces and punctuation as in the text. */
function Said({ reading, paragraph, words, language }: SaidProps) {
  const { first, end } = paragraph;
  const { matches, doubts } = reading.transcript;
  const [found, doubtful] = [matches.value, doubts.value];
  const [match, doubt] = [found[reading.match.value], doubtful[reading.doubt.value]];
  // Scrolling moves rows; their content stays the same.
  const text = useMemo(() => {
    const isFound = coverOf(found, first);
    const isDoubtful = coverOf(doubtful, first);
    const pieces: ComponentChildren[] = [];
    for (let index = first; index < end; index++) {
      if (index > first) pieces.push(words.text.slice(words.to[index - 1], words.from[index]));
      const matched = isFound(index);
      const flagged = isDoubtful(index);
      const marks = [
        matched && (matched === match ? "found here" : "found"),
        flagged && (flagged === doubt ? "doubt here" : "doubt"),
      ].filter(Boolean);
      pieces.push(
        <span
          key={index}
          data-w={index}
          class={marks.length > 0 ? marks.join(" ") : undefined}
          title={flagged ? `Doubtful: ${doubtText(flagged.flag)}` : undefined}
        >
          {textOf(words, index)}
        </span>,
      );
    }
    return pieces;
  }, [words, first, end, found, doubtful, match, doubt]);
  return (
    <p class="said" dir="auto" lang={language}>
      {text}
    </p>
  );
}

/** Finds which of the sorted doubts covers a word. Ask for words in order, from `first` on. */
function coverOf<Place extends Match>(
  places: readonly Place[],
  first: number,
): (word: number) => Place | undefined {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle]?.last ?? 0) < first) low = middle + 1;
    else high = middle;
  }
  return (word) => {
    while (low < places.length && (places[low]?.last ?? 0) < word) low++;
    const place = places[low];
    return place && place.first <= word ? place : undefined;
  };
}
