import type { TranscriptWord } from "../transcript/transcript.ts";
import { NO_SPEAKER } from "../transcript/transcript.ts";
import { clearStretches } from "./clear-stretches.ts";
import { globalSeconds, type HeardPart, type PartRange } from "./heard-part.ts";
import { BEYOND_OVERLAP_SECONDS, type EdgeWord, type EdgeWords, MAX_EDGE_WORDS } from "./seams/find-seam.ts";
import { hasTimedWords, wordsOf } from "./words-of.ts";

/**
 * What seams and speakers need to know of a part, a few dozen kilobytes, so that one answer at a time is in memory.
 * Plain data. Times are seconds in the recording.
 */
export type PartDigest = PartRange & {
  words: number;
  /** False: the answer had no words; their times are estimated. */
  timed: boolean;
  /** What the neighbours may have heard too; in a short part the two may hold the same words. */
  head: EdgeWords;
  tail: EdgeWords;
  localSpeakers: LocalSpeaker[];
};

export type LocalSpeaker = {
  /** The part's own name for the speaker. */
  local: string;
  /** Seconds of speech. */
  seconds: number;
  /** When it is first heard outside head and tail; null: never. */
  firstAt: number | null;
  /** Where it talks alone, the longest first. */
  clear: PartRange[];
};

/** Word ends are sloppy, by seconds, and a word of no length was said all the same. */
const SHORTEST_WORD_SECONDS = 0.1;
const LONGEST_WORD_SECONDS = 1;

/** Seconds that it takes to say the word. */
export function speechSeconds(word: { start: number; end: number }): number {
  return Math.min(LONGEST_WORD_SECONDS, Math.max(SHORTEST_WORD_SECONDS, word.end - word.start));
}

/** `before` and `after` are where the neighbours lie; undefined at the ends of the recording. */
export function digestPart(
  part: HeardPart,
  before: PartRange | undefined,
  after: PartRange | undefined,
): PartDigest {
  const { start, end, transcript } = part;
  const words = wordsOf(transcript);
  const headEnd = before ? headLength(words, before.end + BEYOND_OVERLAP_SECONDS - start) : 0;
  const tailStart = after ? tailIndex(words, after.start - BEYOND_OVERLAP_SECONDS - start) : words.length;
  return {
    start,
    end,
    words: words.length,
    timed: hasTimedWords(transcript) && !part.isEstimated,
    head: { from: 0, words: words.slice(0, headEnd).map((word) => inRecording(word, start)) },
    tail: { from: tailStart, words: words.slice(tailStart).map((word) => inRecording(word, start)) },
    localSpeakers: localSpeakersOf(
      part,
      words,
      { from: headEnd, to: tailStart },
      { from: before && start, to: after && end },
    ),
  };
}

/** The head ends with the last word that may lie in the overlap. */
function headLength(words: readonly TranscriptWord[], overlapEnd: number): number {
  return Math.min(MAX_EDGE_WORDS, words.findLastIndex((word) => word.start <= overlapEnd) + 1);
}

function tailIndex(words: readonly TranscriptWord[], overlapStart: number): number {
  const first = words.findIndex((word) => word.end >= overlapStart);
  return Math.max(words.length - MAX_EDGE_WORDS, first < 0 ? words.length : first);
}

function inRecording({ id: _, ...word }: TranscriptWord, offset: number): EdgeWord {
  return { ...word, start: globalSeconds(word.start, offset), end: globalSeconds(word.end, offset) };
}

/** `body`: the indices between head and tail; `cutEdges`: where the part was cut out of the recording. */
function localSpeakersOf(
  part: HeardPart,
  words: readonly TranscriptWord[],
  body: { from: number; to: number },
  cutEdges: { from: number | undefined; to: number | undefined },
): LocalSpeaker[] {
  const localSpeakers = new Map<string, LocalSpeaker>();
  const clear = clearStretches(words, part.start, cutEdges);
  const hear = (local: string, seconds: number, at: number | null) => {
    if (local === NO_SPEAKER) return;
    const localSpeaker = localSpeakers.get(local) ?? {
      local,
      seconds: 0,
      firstAt: null,
      clear: clear.get(local) ?? [],
    };
    localSpeakers.set(local, localSpeaker);
    localSpeaker.seconds += seconds;
    if (at !== null) localSpeaker.firstAt = Math.min(localSpeaker.firstAt ?? at, at);
  };
  for (const [index, word] of words.entries()) {
    if (word.speaker_id === undefined) continue;
    const inBody = index >= body.from && index < body.to;
    hear(word.speaker_id, speechSeconds(word), inBody ? globalSeconds(word.start, part.start) : null);
  }
  // A speaker may have turns and no words; without it the turns would have no name.
  for (const turn of part.transcript.speaker_segments) {
    if (!localSpeakers.has(turn.speaker_id)) hear(turn.speaker_id, 0, globalSeconds(turn.start, part.start));
  }
  return [...localSpeakers.values()];
}
