import type { Column, TimedWord } from "./align-words.ts";

/** Two hearings of an overlap laid side by side, each word marked that lies at the edge of its own part. */
export type Overlap<W = TimedWord> = {
  columns: readonly Column[];
  a: readonly W[];
  b: readonly W[];
  edgeA: readonly boolean[];
  edgeB: readonly boolean[];
  /** Where the second part begins and the first one ends, seconds. */
  start: number;
  end: number;
};

/** Before which column to change from the first part to the second, and when that is. */
type Cut = { column: number; time: number };

/** Word ends are sloppy, up to seconds too late; a longer word is taken to be silent after this. */
const LONGEST_WORD_SECONDS = 1.5;

/**
 * What a place to cut costs. Next to a word that the two have heard differently one may have the half of what the other
 * has whole, so the cut goes between two words on which they agree wherever there are any. A gap is worth at most so
 * much more than none, and of equal gaps the one nearest to the middle of the overlap is taken.
 */
const COST = { lost: 3, edge: 1, unlike: 2.5, gapSecond: 1, secondOffMiddle: 0.01 } as const;
const WIDEST_GAP_SECONDS = 1;

/**
 * The cheapest place: no word that only one part has heard is lost, none is taken from a part's edge that the other
 * has heard whole, and nobody talks, or as nearly so as can be.
 */
export function chooseCut({ columns, a, b, edgeA, edgeB, start, end }: Overlap): Cut {
  const rightStarts = startsFromBehind(columns, a, b);
  const middle = (start + end) / 2;
  let lost = columns.filter((column) => column.b < 0 && !edgeA[column.a]).length;
  let edge = columns.filter((column) => column.b >= 0 && edgeB[column.b]).length;
  let leftEnd = Number.NEGATIVE_INFINITY;
  let best = { cost: Number.POSITIVE_INFINITY, column: 0, time: middle };
  for (let at = 0; at <= columns.length; at++) {
    const before = columns[at - 1];
    const after = columns[at];
    if (before) {
      leftEnd = Math.max(leftEnd, endOf(a[before.a]), endOf(b[before.b]));
      if (before.b < 0 && !edgeA[before.a]) lost--;
      if (before.a < 0 && !edgeB[before.b]) lost++;
      if (before.a >= 0 && edgeA[before.a]) edge++;
      if (before.b >= 0 && edgeB[before.b]) edge--;
    }
    const rightStart = rightStarts[at] ?? Number.POSITIVE_INFINITY;
    const time = timeBetween(leftEnd, rightStart, start, end);
    const gap = Math.min(WIDEST_GAP_SECONDS, Math.max(-WIDEST_GAP_SECONDS, rightStart - leftEnd));
    const unlike = (before && before.likeness < 1 ? 1 : 0) + (after && after.likeness < 1 ? 1 : 0);
    const cost =
      COST.lost * lost +
      COST.edge * edge +
      COST.unlike * unlike -
      COST.gapSecond * gap +
      COST.secondOffMiddle * Math.abs(time - middle);
    if (cost < best.cost) best = { cost, column: at, time };
  }
  return best;
}

/** When a word ends at the latest; never, for no word. */
export function endOf(word: TimedWord | undefined): number {
  return word ? Math.min(word.end, word.start + LONGEST_WORD_SECONDS) : Number.NEGATIVE_INFINITY;
}

/** For each place to cut, the earliest start of what comes after it. */
function startsFromBehind(
  columns: readonly Column[],
  a: readonly TimedWord[],
  b: readonly TimedWord[],
): number[] {
  const starts = new Array<number>(columns.length + 1).fill(Number.POSITIVE_INFINITY);
  for (let at = columns.length - 1; at >= 0; at--) {
    const column = columns[at];
    const own = column ? Math.min(startOf(a[column.a]), startOf(b[column.b])) : Number.POSITIVE_INFINITY;
    starts[at] = Math.min(own, starts[at + 1] ?? Number.POSITIVE_INFINITY);
  }
  return starts;
}

function startOf(word: TimedWord | undefined): number {
  return word?.start ?? Number.POSITIVE_INFINITY;
}

/** The middle of the gap, inside the overlap; of a gap without an end on one side, of what the overlap has of it. */
function timeBetween(leftEnd: number, rightStart: number, start: number, end: number): number {
  const from = Math.min(start, end);
  const to = Math.max(start, end);
  const time = (Math.max(leftEnd, from) + Math.min(rightStart, to)) / 2;
  return Math.min(to, Math.max(from, time));
}
