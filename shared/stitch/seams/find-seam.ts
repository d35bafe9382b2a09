import { alignWords, type Column, type TimedWord } from "./align-words.ts";
import { chooseCut, endOf, type Overlap } from "./choose-cut.ts";
import { findMissedWords } from "./find-missed-words.ts";

/**
 * Where one part's words end and the next one's begin. `left` words of the first part are kept, and those of the
 * second from index `right` on; `time` (seconds in the recording) is for what has no words to be cut by.
 */
export type Seam = {
  left: number;
  right: number;
  time: number;
  missedByFirst: MissedWord[];
  missedBySecond: MissedWord[];
};

/** A word that the part kept here has missed and the other one has heard: it goes before the part's word `before`. */
export type MissedWord = { before: number; word: EdgeWord };

/** The last or first words of a part: those its neighbour may have heard too. `from` is the index of the first of them. */
export type EdgeWords = { from: number; words: readonly EdgeWord[] };
/** Seconds in the recording; unknown keys of the answer come along. */
export type EdgeWord = TimedWord & { speaker_id?: string };

/** One part of the two; `start` and `end` are seconds in the recording. */
type Hearing = { start: number; end: number; edge: EdgeWords; timed: boolean };

/** Both hearings of one word, as indices into the two edges. */
type HeardTwice = { a: number; b: number };

/** How far beyond an overlap a word is still looked for in it: word times are off by that much. */
export const BEYOND_OVERLAP_SECONDS = 1;
/** So near to where its part was cut a word may be half a word, or half understood. */
const EDGE_SECONDS = 1;
/** The same word is heard at most so far apart by two parts; times that were shared out over a segment are worse. */
const SLACK_SECONDS = 2;
const ESTIMATED_SLACK_SECONDS = 6;
/** An overlap of five minutes, and a table of a million cells. Beyond it words are taken as heard once. */
export const MAX_EDGE_WORDS = 1000;

export function findSeam(a: Hearing, b: Hearing): { seam: Seam; heardTwice: HeardTwice[] } {
  const { words: wordsA } = a.edge;
  const { words: wordsB } = b.edge;
  const isTimed = a.timed && b.timed;
  const slack = isTimed ? SLACK_SECONDS : ESTIMATED_SLACK_SECONDS;
  const columns = b.start < a.end ? alignWords(wordsA, wordsB, slack) : oneAfterOther(wordsA, wordsB);
  const overlap: Overlap<EdgeWord> = {
    columns,
    a: wordsA,
    b: wordsB,
    // At its edge a part is not trusted where the other one has heard something too.
    edgeA: wordsA.map((word) => touches(word, a.end) && isNearAny(word, wordsB)),
    edgeB: wordsB.map((word) => touches(word, b.start) && isNearAny(word, wordsA)),
    start: b.start,
    end: a.end,
  };
  const cut = chooseCut(overlap);
  const kept = columns.slice(0, cut.column);
  const missed = isTimed ? findMissedWords(overlap, cut.column) : { byFirst: [], bySecond: [] };
  const inPart = (from: number) => (each: MissedWord) => ({ ...each, before: from + each.before });
  return {
    seam: {
      left: a.edge.from + kept.filter((column) => column.a >= 0).length,
      right: b.edge.from + kept.filter((column) => column.b >= 0).length,
      time: cut.time,
      missedByFirst: missed.byFirst.map(inPart(a.edge.from)),
      missedBySecond: missed.bySecond.map(inPart(b.edge.from)),
    },
    heardTwice: columns.filter((column) => column.a >= 0 && column.b >= 0),
  };
}

/** Parts that do not overlap have no word in common. */
function oneAfterOther(a: readonly TimedWord[], b: readonly TimedWord[]): Column[] {
  return [
    ...a.map((_, index) => ({ a: index, b: -1, likeness: 0 })),
    ...b.map((_, index) => ({ a: -1, b: index, likeness: 0 })),
  ];
}

function touches(word: TimedWord, edge: number): boolean {
  return Math.abs(word.start - edge) < EDGE_SECONDS || Math.abs(endOf(word) - edge) < EDGE_SECONDS;
}

function isNearAny(word: TimedWord, others: readonly TimedWord[]): boolean {
  return others.some(
    (other) => other.start < endOf(word) + EDGE_SECONDS && endOf(other) > word.start - EDGE_SECONDS,
  );
}
