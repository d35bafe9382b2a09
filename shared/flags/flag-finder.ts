import { firstIndex } from "../first-index.ts";
import { type FlagCounts, noFlags } from "../flag-kinds.ts";
import { joinTokens, tokensOf } from "../transcript/join-words.ts";
import type {
  Transcript,
  TranscriptId,
  TranscriptSegment,
  TranscriptWord,
} from "../transcript/transcript.ts";
import type { Flag, FoundFlag } from "./flag.ts";
import { type Loop, LoopFinder } from "./loop-finder.ts";
import { flagsOfSegment } from "./segment-flags.ts";
import { SpeakerConflicts } from "./speaker-conflicts.ts";

/** The longest word people say takes a second; an upstream's that lasts longer runs on into silence or music. */
const MAX_WORD_SECONDS = 3;
/** A word with more silence than this on both sides is more often made up than said. */
const LONE_GAP_SECONDS = 2;
/** What a flag shows of a place; the rest is where its times say. */
const MAX_SHOWN_WORDS = 12;

/** What a transcript adds to its lists, in order: the whole of it, or the next piece of a long one. */
export type TranscriptPiece = Pick<Transcript, "segments" | "words" | "speaker_segments">;

/** Finds the flags of a transcript while its pieces come in; keeps of it only what later pieces can change. */
export class FlagFinder {
  readonly #found: FoundFlag[] = [];
  /** When every segment starts: 20,000 in ten hours. */
  readonly #segments: { start: number; id: TranscriptId }[] = [];
  readonly #loops = new LoopFinder();
  readonly #conflicts = new SpeakerConflicts();
  #last: TranscriptWord | undefined;
  #isAfterGap = true;

  add({ segments, words, speaker_segments: turns }: TranscriptPiece): void {
    for (const segment of segments) this.#addSegment(segment);
    for (const word of words) this.#addWord(word);
    for (const row of this.#conflicts.add(words, turns)) this.#flag("speaker_conflict", row);
  }

  /** Every flag, in the order of time. */
  finish(): Flag[] {
    for (const row of this.#conflicts.finish()) this.#flag("speaker_conflict", row);
    this.#flagLoop(this.#loops.finish());
    this.#checkLone(Number.POSITIVE_INFINITY);
    this.#segments.sort((a, b) => a.start - b.start);
    return this.#found
      .sort((a, b) => a.start - b.start)
      .map((flag) => ({ ...flag, segment_id: flag.segment_id ?? this.#segmentAt(flag.start) }));
  }

  #addSegment(segment: TranscriptSegment): void {
    const { id, start, end } = segment;
    this.#segments.push({ start, id });
    for (const kind of flagsOfSegment(segment)) {
      this.#found.push({ kind, segment_id: id, start, end, words: null, text: segment.text.trim() });
    }
  }

  #addWord(word: TranscriptWord): void {
    this.#checkLone(word.start);
    if (word.end - word.start > MAX_WORD_SECONDS) this.#flag("long_word", [word]);
    this.#flagLoop(this.#loops.add(word));
    this.#last = word;
  }

  /** Checks the last word, now that the start of the next one is known. */
  #checkLone(nextStart: number): void {
    if (!this.#last) return;
    const isBeforeGap = nextStart - this.#last.end > LONE_GAP_SECONDS;
    if (isBeforeGap && this.#isAfterGap) this.#flag("lone_word", [this.#last]);
    this.#isAfterGap = isBeforeGap;
  }

  #flagLoop(loop: Loop | undefined): void {
    if (loop) this.#flag("loop", loop.beginning, loop.last);
  }

  #flag(kind: FoundFlag["kind"], words: readonly TranscriptWord[], last = words.at(-1)): void {
    const [first] = words;
    if (!first || !last) return;
    this.#found.push({
      kind,
      start: first.start,
      end: Math.max(first.end, last.end),
      words: { from: first.id, to: last.id },
      text: joinTokens(tokensOf(words.slice(0, MAX_SHOWN_WORDS), "")),
    });
  }

  #segmentAt(start: number): TranscriptId | null {
    const later = firstIndex(this.#segments.length, (index) => (this.#segments[index]?.start ?? 0) > start);
    return (this.#segments[later - 1] ?? this.#segments[0])?.id ?? null;
  }
}

export function findFlags(transcript: TranscriptPiece): Flag[] {
  const finder = new FlagFinder();
  finder.add(transcript);
  return finder.finish();
}

export function countFlags(flags: readonly Flag[]): FlagCounts {
  const counts = noFlags();
  for (const { kind } of flags) counts[kind]++;
  return counts;
}
