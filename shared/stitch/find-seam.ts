import { alignWords, type Column, type TimedWord } from "./align-words.ts";
import type { PartRange } from "./part.ts";

/**
 * Where one part's words end and the next one's begin. `left` words of the first part are kept, and those of the
 * second from index `right` on; `time` (seconds in the recording) is for what has no words to be cut by.
 */
export type Seam = { left: number; right: number; time: number };

/** The last or first words of a part: those its neighbour may have heard too. `from` is the index of the first of them. */
export type EdgeWords = { from: number; words: readonly EdgeWord[] };
export type EdgeWord = TimedWord & { speaker_id?: string };

export type Hearing = PartRange & { edge: EdgeWords; timed: boolean };

/** Both hearings of one word, as indices into the two edges. */
export type HeardTwice = { a: number; b: number };

/** How far beyond an overlap a word is still looked for in it: word times are off by that much. */
export const BEYOND_OVERLAP_SECONDS = 1;
/** So near to where its part was cut a word may be half a word, or half understood. */
export const EDGE_SECONDS = 1;
/** The same word is heard at most so far apart by two parts; times that were shared out over a segment are worse. */
const SLACK_SECONDS = 2;
const SHARED_OUT_SLACK_SECONDS = 6;
/** An overlap of five minutes, and a table of a million cells. Beyond it words are taken as heard once. */
export const MAX_EDGE_WORDS = 1000;
/** Word ends are sloppy, up to seconds too late; a longer word is taken to be silent after this. */
const LONGEST_WORD_SECONDS = 1.5;

/**
 * What a place to cut costs, in words lost. A gap is worth at most so much more than none, and each second away from
 * the middle of the overlap costs a little, so that of equal gaps the one farthest from both edges is taken.
 */
const COST = { lost: 3, edge: 1, unlike: 0.5, gapSecond: 1, secondOffMiddle: 0.01 } as const;
const WIDEST_GAP_SECONDS = 1;

export function findSeam(a: Hearing, b: Hearing): { seam: Seam; heardTwice: HeardTwice[] } {
  const { words: wordsA } = a.edge;
  const { words: wordsB } = b.edge;
  const slack = a.timed && b.timed ? SLACK_SECONDS : SHARED_OUT_SLACK_SECONDS;
  const columns = b.start < a.end ? alignWords(wordsA, wordsB, slack) : oneAfterOther(wordsA, wordsB);
  const cut = cheapestCut(columns, wordsA, wordsB, a.end, b.start);
  return {
    seam: { left: a.edge.from + cut.left, right: b.edge.from + cut.right, time: cut.time },
    heardTwice: columns.filter((column) => column.a >= 0 && column.b >= 0),
  };
}

/** Parts that do not overlap have no word in common. */
function oneAfterOther(a: readonly TimedWord[], b: readonly TimedWord[]): Column[] {
  return [
    ...a.map((_, index) => ({ a: index, b: -1, same: false })),
    ...b.map((_, index) => ({ a: -1, b: index, same: false })),
  ];
}

function cheapestCut(
  columns: readonly Column[],
  a: readonly TimedWord[],
  b: readonly TimedWord[],
  endOfA: number,
  startOfB: number,
): { left: number; right: number; time: number } {
  // A word at the edge of its part counts for little where the other part has heard something too.
  const edgeA = a.map((word) => touches(word, endOfA) && isNearAny(word, b));
  const edgeB = b.map((word) => touches(word, startOfB) && isNearAny(word, a));
  const rightStarts = startsFromBehind(columns, a, b);
  const middle = (startOfB + endOfA) / 2;

  let lost = columns.reduce((sum, { a: at, b: other }) => sum + (other < 0 && !edgeA[at] ? 1 : 0), 0);
  let edge = edgeB.filter(Boolean).length;
  let leftEnd = Number.NEGATIVE_INFINITY;
  let best = { cost: Number.POSITIVE_INFINITY, left: 0, right: 0, time: middle };
  let left = 0;
  let right = 0;
  for (let k = 0; k <= columns.length; k++) {
    const before = columns[k - 1];
    if (before) {
      if (before.a >= 0) left = before.a + 1;
      if (before.b >= 0) right = before.b + 1;
      leftEnd = Math.max(leftEnd, endOf(a[before.a]), endOf(b[before.b]));
      if (before.b < 0 && !edgeA[before.a]) lost--;
      if (before.a < 0 && !edgeB[before.b]) lost++;
      if (before.a >= 0 && edgeA[before.a]) edge++;
      if (before.b >= 0 && edgeB[before.b]) edge--;
    }
    const rightStart = rightStarts[k] ?? Number.POSITIVE_INFINITY;
    const time = timeBetween(leftEnd, rightStart, startOfB, endOfA);
    const gap = Math.min(WIDEST_GAP_SECONDS, Math.max(-WIDEST_GAP_SECONDS, rightStart - leftEnd));
    const unlike = (before && !before.same ? 1 : 0) + (columns[k] && !columns[k]?.same ? 1 : 0);
    const cost =
      COST.lost * lost +
      COST.edge * edge +
      COST.unlike * unlike -
      COST.gapSecond * gap +
      COST.secondOffMiddle * Math.abs(time - middle);
    if (cost < best.cost) best = { cost, left, right, time };
  }
  return best;
}

function touches(word: TimedWord, edge: number): boolean {
  return Math.abs(word.start - edge) < EDGE_SECONDS || Math.abs(endOf(word) - edge) < EDGE_SECONDS;
}

function isNearAny(word: TimedWord, others: readonly TimedWord[]): boolean {
  return others.some(
    (other) => other.start < endOf(word) + EDGE_SECONDS && endOf(other) > word.start - EDGE_SECONDS,
  );
}

/** For each place to cut, the earliest start of what comes after it. */
function startsFromBehind(
  columns: readonly Column[],
  a: readonly TimedWord[],
  b: readonly TimedWord[],
): number[] {
  const starts = new Array<number>(columns.length + 1).fill(Number.POSITIVE_INFINITY);
  for (let k = columns.length - 1; k >= 0; k--) {
    const column = columns[k];
    if (!column) continue;
    const own = Math.min(startOf(a[column.a]), startOf(b[column.b]));
    starts[k] = Math.min(own, starts[k + 1] ?? Number.POSITIVE_INFINITY);
  }
  return starts;
}

function startOf(word: TimedWord | undefined): number {
  return word?.start ?? Number.POSITIVE_INFINITY;
}

function endOf(word: TimedWord | undefined): number {
  return word ? Math.min(word.end, word.start + LONGEST_WORD_SECONDS) : Number.NEGATIVE_INFINITY;
}

/** The middle of the gap, inside the overlap; before the first and after the last word, that side of the overlap's middle. */
function timeBetween(leftEnd: number, rightStart: number, startOfB: number, endOfA: number): number {
  const from = Math.min(startOfB, endOfA);
  const to = Math.max(startOfB, endOfA);
  const time = (Math.max(leftEnd, from) + Math.min(rightStart, to)) / 2;
  return Math.min(to, Math.max(from, time));
}
