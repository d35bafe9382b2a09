import type {
  SpeakerSegment,
  Transcript,
  TranscriptSegment,
  TranscriptWord,
} from "../transcript/transcript.ts";
import { NO_SPEAKER } from "../transcript/transcript.ts";
import { KEYS } from "../transcript/transcript-keys.ts";
import { globalSeconds } from "./heard-part.ts";
import type { TrimmedPart } from "./trim-part.ts";
import type { TrimmedTurn } from "./trim-turns.ts";

/** What changes between a part's answer and the whole: times (seconds), speakers' names, the first word's id. */
type Placing = {
  offset: number;
  /** Nothing starts before or after these, or ends after `end`; seconds in the recording. */
  earliestStart: number;
  latestStart: number;
  end: number;
  speakerOf: (local: string) => string | undefined;
  firstWordId: number;
};

/** A trimmed part with the times, speakers and word ids of the whole; segments and turns get their ids later. */
export function placePart(
  { words, segments, turns }: TrimmedPart,
  transcript: Transcript,
  placing: Placing,
): { words: TranscriptWord[]; segments: TranscriptSegment[]; turns: SpeakerSegment[] } {
  const placed = transcript.words
    .slice(words.from, words.to)
    .map((word, index) => placeWord(word, placing.firstWordId + index, placing));
  return {
    words: placed,
    segments: segments.items.map((segment) => shift(segment, placing)),
    turns: turns.items.map(({ turn, indices }: TrimmedTurn) => {
      const own = turn.words.map((word, at) => {
        const index = indices[at] ?? -1;
        const same = placed[index - words.from];
        if (index < 0 || !same) return placeWord(word, `${turn.id}.${at}`, placing);
        // Both lists of an answer have the same words: one object for both halves a long transcript's memory.
        return isAlike(word, transcript.words[index]) ? same : placeWord(word, same.id, placing);
      });
      return { ...shift(turn, placing), speaker_id: nameOf(turn.speaker_id, placing), words: own };
    }),
  };
}

function placeWord(word: TranscriptWord, id: TranscriptWord["id"], placing: Placing): TranscriptWord {
  const placed = { ...shift(word, placing), id };
  if (placed.speaker_id !== undefined) placed.speaker_id = nameOf(placed.speaker_id, placing);
  return placed;
}

/** A local speaker without a link gets no name, so that two parts' names are never mixed up. */
function nameOf(local: string, placing: Placing): string {
  return placing.speakerOf(local) ?? NO_SPEAKER;
}

function shift<T extends { start: number; end: number }>(item: T, placing: Placing): T {
  const { offset, earliestStart, latestStart } = placing;
  const start = Math.max(earliestStart, Math.min(latestStart, globalSeconds(item.start, offset)));
  const end = Math.max(start, Math.min(placing.end, globalSeconds(item.end, offset)));
  return { ...item, start, end };
}

const NAMED_KEYS: ReadonlySet<string> = new Set(KEYS.word);

/** Whether nothing but the id tells the two apart. */
function isAlike(a: TranscriptWord, b: TranscriptWord | undefined): boolean {
  return (
    b !== undefined &&
    a.word === b.word &&
    a.start === b.start &&
    a.end === b.end &&
    a.speaker_id === b.speaker_id &&
    Object.keys(a).every((key) => NAMED_KEYS.has(key)) &&
    Object.keys(b).every((key) => NAMED_KEYS.has(key))
  );
}
