/**
 * Lays two hearings of the same stretch side by side: which word of one is which of the other, by text and time.
 * A best path through the table of both (dynamic programming); an overlap has a few dozen words.
 */

/** Seconds in the recording. */
export type TimedWord = { word: string; start: number; end: number };

/**
 * One word as both have heard it, or as only one has; -1 stands for not heard. `likeness` of the two spellings: 1 but
 * for case and punctuation the same, 0 nothing in common, or heard once.
 */
export type Column = { a: number; b: number; likeness: number };

/** A word of unlike spelling is taken for the same only when it is said at the same time. */
const UNLIKE_SLACK_FRACTION = 0.3;
const ALIKE_SLACK_FRACTION = 0.5;
export const ALIKE = 0.5;

const PAIR = 1;
const ONLY_A = 2;
const ONLY_B = 3;

/** `slackSeconds`: how far apart the same word may be in the two; further apart it is another word. */
export function alignWords(a: readonly TimedWord[], b: readonly TimedWord[], slackSeconds: number): Column[] {
  const steps = bestSteps(a, b, slackSeconds);
  const columns: Column[] = [];
  for (let i = a.length, j = b.length; i > 0 || j > 0; ) {
    const step = i === 0 ? ONLY_B : j === 0 ? ONLY_A : (steps.taken[i * (b.length + 1) + j] ?? ONLY_A);
    if (step !== ONLY_B) i--;
    if (step !== ONLY_A) j--;
    const likeness = step === PAIR ? likenessOf(steps.foldedA[i] ?? "", steps.foldedB[j] ?? "") : 0;
    columns.push({ a: step === ONLY_B ? -1 : i, b: step === ONLY_A ? -1 : j, likeness });
  }
  return inOrderOfTime(columns.reverse(), a, b);
}

function bestSteps(a: readonly TimedWord[], b: readonly TimedWord[], slackSeconds: number) {
  const foldedA = a.map((word) => foldWord(word.word));
  const foldedB = b.map((word) => foldWord(word.word));
  const taken = new Uint8Array((a.length + 1) * (b.length + 1));
  let above = new Float64Array(b.length + 1);
  let here = new Float64Array(b.length + 1);
  for (const [i, wordA] of a.entries()) {
    for (const [j, wordB] of b.entries()) {
      const pair = pairScore(wordA, wordB, foldedA[i] ?? "", foldedB[j] ?? "", slackSeconds);
      const paired = pair > 0 ? (above[j] ?? 0) + pair : Number.NEGATIVE_INFINITY;
      const onlyA = above[j + 1] ?? 0;
      const onlyB = here[j] ?? 0;
      const step = paired >= onlyA && paired >= onlyB ? PAIR : onlyA > onlyB ? ONLY_A : ONLY_B;
      here[j + 1] = step === PAIR ? paired : Math.max(onlyA, onlyB);
      taken[(i + 1) * (b.length + 1) + j + 1] = step;
    }
    [above, here] = [here, above];
    here[0] = 0;
  }
  return { taken, foldedA, foldedB };
}

/** What it is worth to take two words for one; not above 0: they are two. */
function pairScore(
  a: TimedWord,
  b: TimedWord,
  foldedA: string,
  foldedB: string,
  slackSeconds: number,
): number {
  // Either end may be wrong by seconds (Together's first word of a stretch often is); the better one counts.
  const apart = Math.min(Math.abs(a.start - b.start), Math.abs(a.end - b.end)) / slackSeconds;
  if (apart > 1) return 0;
  if (foldedA === foldedB) return 2 - apart;
  if (apart > ALIKE_SLACK_FRACTION) return 0;
  const likeness = likenessOf(foldedA, foldedB);
  if (likeness < ALIKE && apart > UNLIKE_SLACK_FRACTION) return 0;
  return 0.4 + likeness - apart;
}

/** What is the same in two spellings of a word: no case, no punctuation, one form of each character. */
export function foldWord(word: string): string {
  const folded = word.normalize("NFKC").toLowerCase();
  return folded.replace(/[^\p{L}\p{N}\p{M}]+/gu, "") || folded.trim();
}

/** 1 for equal words, 0 for words that share nothing: what is left of the longer one after its edits. */
function likenessOf(a: string, b: string): number {
  const longest = Math.max(a.length, b.length);
  if (longest === 0) return 1;
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const here = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      here.push(Math.min(changed, (above[j] ?? 0) + 1, (here[j - 1] ?? 0) + 1));
    }
    above = here;
  }
  return 1 - (above[b.length] ?? longest) / longest;
}

/** Between two pairs the path says nothing of the order of what only one has heard; time does. */
function inOrderOfTime(columns: Column[], a: readonly TimedWord[], b: readonly TimedWord[]): Column[] {
  const ordered: Column[] = [];
  for (let from = 0; from < columns.length; ) {
    let to = from;
    while (to < columns.length && !isPair(columns[to])) to++;
    const onlyA = columns.slice(from, to).filter((column) => column.b < 0);
    const onlyB = columns.slice(from, to).filter((column) => column.a < 0);
    let nextB = 0;
    for (const column of onlyA) {
      const start = a[column.a]?.start ?? 0;
      for (let other = onlyB[nextB]; other && (b[other.b]?.start ?? 0) < start; other = onlyB[nextB]) {
        ordered.push(other);
        nextB++;
      }
      ordered.push(column);
    }
    ordered.push(...onlyB.slice(nextB), ...columns.slice(to, to + 1));
    from = to + 1;
  }
  return ordered;
}

function isPair(column: Column | undefined): boolean {
  return column !== undefined && column.a >= 0 && column.b >= 0;
}
