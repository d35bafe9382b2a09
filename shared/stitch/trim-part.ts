import type { Transcript, TranscriptSegment, TranscriptWord } from "../transcript/transcript.ts";
import { holds, type Kept, type Trimmed } from "./kept.ts";
import { cutPlace, placeWords } from "./place-words.ts";
import { type TrimmedTurn, trimTurns } from "./trim-turns.ts";
import { wordsOf } from "./words-of.ts";

/** A part's answer without what its neighbours have of it. */
export type TrimmedPart = {
  text: string;
  segments: Trimmed<TranscriptSegment>;
  /** Indices into the answer's words; none when it has no words. */
  words: { from: number; to: number };
  turns: Trimmed<TrimmedTurn>;
};

export function trimPart(transcript: Transcript, kept: Kept): TrimmedPart {
  const words = wordsOf(transcript);
  return {
    text: trimText(transcript.text, words, kept),
    segments: trimSegments(transcript.segments, words, kept),
    words: transcript.words.length > 0 ? { from: kept.from, to: kept.to } : { from: 0, to: 0 },
    turns: trimTurns(transcript, words, kept),
  };
}

function trimText(text: string, words: readonly TranscriptWord[], kept: Kept): string {
  // A text that has none of the words is cut at the space next to the same share of it.
  const { head, tail } = keptSpan(text, words, kept, ({ index }) => {
    const space = text.indexOf(" ", Math.floor((text.length * index) / words.length));
    return space < 0 ? text.length : space;
  });
  return text.slice(head, tail);
}

function trimSegments(
  segments: readonly TranscriptSegment[],
  words: readonly TranscriptWord[],
  kept: Kept,
): Trimmed<TranscriptSegment> {
  const joined = segments.map((segment) => segment.text).join("\n");
  const { head, tail } = keptSpan(joined, words, kept, ({ seconds }) => placeByTime(segments, seconds));
  const trimmed: Trimmed<TranscriptSegment> = { items: [], cutAtHead: false, cutAtTail: false };
  let offset = 0;
  for (const segment of segments) {
    const { length } = segment.text;
    const from = Math.min(length, Math.max(0, head - offset));
    const to = Math.min(length, Math.max(from, tail - offset));
    offset += length + 1;
    const losesHead = segment.text.slice(0, from).trim() !== "";
    const losesTail = segment.text.slice(to).trim() !== "";
    const text = segment.text.slice(from, to).trim();
    if (!losesHead && !losesTail) {
      // One of no text has no place in it, only a time.
      if (text !== "" || holds(kept, segment)) trimmed.items.push(segment);
    } else if (text !== "") {
      trimmed.cutAtHead ||= losesHead;
      trimmed.cutAtTail ||= losesTail;
      const start = losesHead ? within(segment, words[kept.from]?.start ?? kept.fromSeconds) : segment.start;
      const end = losesTail ? within(segment, words[kept.to - 1]?.end ?? kept.toSeconds) : segment.end;
      trimmed.items.push({ ...segment, start, end: Math.max(start, end), text });
    }
  }
  return trimmed;
}

/** The characters that are kept; `guess` tells the place of a cut that has no word near it in the text. */
function keptSpan(
  text: string,
  words: readonly TranscriptWord[],
  kept: Kept,
  guess: (cut: { index: number; seconds: number }) => number,
): { head: number; tail: number } {
  const isCutAtHead = kept.from > 0;
  const isCutAtTail = kept.to < words.length;
  const places = isCutAtHead || isCutAtTail ? placeWords(text, words) : new Int32Array();
  const placeOf = (index: number, seconds: number) =>
    cutPlace(text, words, places, index) ?? guess({ index, seconds });
  const head = isCutAtHead ? placeOf(kept.from, kept.fromSeconds) : 0;
  const tail = isCutAtTail ? placeOf(kept.to, kept.toSeconds) : text.length;
  return { head, tail: Math.max(head, tail) };
}

/** Where the text of the first segment begins that starts by then. */
function placeByTime(segments: readonly TranscriptSegment[], seconds: number): number {
  let place = 0;
  for (const segment of segments) {
    if (segment.start >= seconds) break;
    place += segment.text.length + 1;
  }
  return place;
}

function within(stretch: { start: number; end: number }, seconds: number): number {
  return Math.min(stretch.end, Math.max(stretch.start, seconds));
}
