import { firstIndex } from "../../../shared/first-index.ts";
/**
 * The words of a transcript as columns, so that 100,000 of them are cheap to join and search. The text is one string,
 * and a word is a range of it.
 */
export type Words = {
  count: number;
  /** Seconds from the start of the recording. */
  starts: Float64Array;
  ends: Float64Array;
  /** Index into `speakerIds`. */
  speakers: Uint16Array;
  /** Speaker ids from the machine; the first is "", for words without a speaker. */
  speakerIds: string[];
  text: string;
  /** Where a word is in `text`: start, and end excluded. */
  from: Uint32Array;
  to: Uint32Array;
  /** Which of the machine's words it is, or replaces. */
  places: Uint32Array;
};

/** Columns for `count` words, still empty. */
export function emptyWords(count: number, speakerIds: string[] = [""]): Words {
  return {
    count,
    starts: new Float64Array(count),
    ends: new Float64Array(count),
    speakers: new Uint16Array(count),
    speakerIds,
    text: "",
    from: new Uint32Array(count),
    to: new Uint32Array(count),
    places: new Uint32Array(count),
  };
}

export function textOf(words: Words, index: number): string {
  return words.text.slice(words.from[index] ?? 0, words.to[index] ?? 0);
}

/** Joins runs of words. Their speaker numbers agree: each run knows the ids of the one before. */
export function joinWords(runs: readonly Words[]): Words {
  const [only] = runs;
  if (runs.length === 1 && only) return only;
  const joined = emptyWords(
    runs.reduce((sum, run) => sum + run.count, 0),
    runs.at(-1)?.speakerIds,
  );
  let at = 0;
  for (const run of runs) {
    copyWords(run, 0, run.count, joined, at, joined.text.length);
    joined.text += run.text;
    at += run.count;
  }
  return joined;
}

/** Copies words `first` to `end` (excluded) to `at`; `moved` is the shift of their text in characters. */
export function copyWords(
  source: Words,
  first: number,
  end: number,
  target: Words,
  at: number,
  moved: number,
): void {
  target.starts.set(source.starts.subarray(first, end), at);
  target.ends.set(source.ends.subarray(first, end), at);
  target.speakers.set(source.speakers.subarray(first, end), at);
  target.places.set(source.places.subarray(first, end), at);
  for (let n = 0; n < end - first; n++) {
    target.from[at + n] = (source.from[first + n] ?? 0) + moved;
    target.to[at + n] = (source.to[first + n] ?? 0) + moved;
  }
}

/** The index of the last of the first `count` values that is not above the bound; -1 when all are. */
export function lastUpTo(values: ArrayLike<number>, bound: number, count = values.length): number {
  return firstIndex(count, (index) => (values[index] ?? 0) > bound) - 1;
}

/** A word stays marked for this long after its end, so that there is no gap between words. */
const LINGER_SECONDS = 0.4;

/** The word that is being said, or -1. */
export function wordAt(words: Words, seconds: number): number {
  const index = lastUpTo(words.starts, seconds, words.count);
  return index >= 0 && seconds < (words.ends[index] ?? 0) + LINGER_SECONDS ? index : -1;
}
