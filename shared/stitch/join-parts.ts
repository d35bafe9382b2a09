import { NO_SPEAKER } from "../transcript/transcript.ts";
import { type PartDigest, speechSeconds } from "./digest-part.ts";
import type { TimedWord } from "./seams/align-words.ts";
import { type EdgeWords, findSeam, type Seam } from "./seams/find-seam.ts";

/** What two neighbouring parts have in common: where one ends and the other begins, and who is who in the overlap. */
export type Join = { seam: Seam; agreements: Agreement[] };

/** Stretches (seconds of speech) in which the first part heard its `a` and the second its `b`. */
export type Agreement = { a: string; b: string; stretches: number[] };

/** One join for each pair of neighbours, in order. */
export function joinParts(digests: readonly PartDigest[]): Join[] {
  const joins: Join[] = [];
  for (const [index, second] of digests.entries()) {
    const first = digests[index - 1];
    if (!first) continue;
    // In parts shorter than their overlaps, what lies before the seam before is not there to be kept once more.
    const before = joins.at(-1)?.seam;
    const tail = startingAt(first.tail, before?.right ?? 0);
    const isBehind = second.head.words.findIndex((word) => word.start >= (before?.time ?? 0));
    const head = startingAt(second.head, isBehind < 0 ? second.head.words.length : isBehind);
    const { seam, heardTwice } = findSeam({ ...first, edge: tail }, { ...second, edge: head });
    joins.push({
      seam,
      agreements: agreementsOf(heardTwice.map(({ a, b }) => [tail.words[a], head.words[b]])),
    });
  }
  return joins;
}

/** The edge without its words before that index of the part. */
function startingAt({ from, words }: EdgeWords, index: number): EdgeWords {
  const skipped = Math.max(0, index - from);
  return { from: from + skipped, words: words.slice(skipped) };
}

type SpokenWord = TimedWord & { speaker_id?: string };

function agreementsOf(
  pairs: readonly (readonly [SpokenWord | undefined, SpokenWord | undefined])[],
): Agreement[] {
  const agreements: Agreement[] = [];
  let last: Agreement | undefined;
  for (const [wordA, wordB] of pairs) {
    const a = wordA?.speaker_id;
    const b = wordB?.speaker_id;
    if (!wordA || !wordB || a === undefined || b === undefined || a === NO_SPEAKER || b === NO_SPEAKER)
      continue;
    const seconds = (speechSeconds(wordA) + speechSeconds(wordB)) / 2;
    if (last?.a === a && last.b === b) {
      last.stretches.push((last.stretches.pop() ?? 0) + seconds);
      continue;
    }
    last = agreements.find((agreement) => agreement.a === a && agreement.b === b);
    if (last) last.stretches.push(seconds);
    else {
      last = { a, b, stretches: [seconds] };
      agreements.push(last);
    }
  }
  return agreements;
}
