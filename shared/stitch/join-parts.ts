import { type PartDigest, speechSeconds } from "./digest-part.ts";
import { NO_SPEAKER } from "./part.ts";
import type { TimedWord } from "./seams/align-words.ts";
import { findSeam, type Seam } from "./seams/find-seam.ts";

/** What two neighbouring parts have in common: where one ends and the other begins, and who is who in the overlap. */
export type Join = { seam: Seam; agreements: Agreement[] };

/** For so many seconds of speech the first part heard its `a` where the second heard its `b`; at a stretch each. */
export type Agreement = { a: string; b: string; stretches: number[] };

/** One join for each two neighbours, in order. No three parts may overlap: what two neighbours share is theirs alone. */
export function joinParts(digests: readonly PartDigest[]): Join[] {
  const joins: Join[] = [];
  let usedUpTo = 0;
  for (const [index, second] of digests.entries()) {
    const first = digests[index - 1];
    if (!first) continue;
    // In a part shorter than its two overlaps, what came before its own beginning is not there to be kept.
    const used = Math.max(0, usedUpTo - first.tail.from);
    const tail = { from: first.tail.from + used, words: first.tail.words.slice(used) };
    const { seam, heardTwice } = findSeam({ ...first, edge: tail }, { ...second, edge: second.head });
    joins.push({
      seam,
      agreements: agreementsOf(heardTwice.map(({ a, b }) => [tail.words[a], second.head.words[b]])),
    });
    usedUpTo = seam.right;
  }
  return joins;
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
