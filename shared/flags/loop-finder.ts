import type { TranscriptWord } from "../transcript/transcript.ts";
import { plainText } from "./plain-words.ts";

/** The longest phrase that is looked for. */
export const MAX_PHRASE_WORDS = 8;
/** How often a phrase is said in a row before it is a loop: people do say a word four times. */
const LEAST_TIMES = [0, 5, 4] as const;
const LEAST_TIMES_LONGER = 3;
/** A loop is recognised after this many of its words at the latest. */
const REMEMBERED_WORDS = MAX_PHRASE_WORDS * LEAST_TIMES_LONGER;

export function leastTimes(phraseWords: number): number {
  return LEAST_TIMES[phraseWords] ?? LEAST_TIMES_LONGER;
}

/** The words with which it begins, and its last one. */
export type Loop = { beginning: TranscriptWord[]; last: TranscriptWord };

/**
 * Finds where the same words come again and again, word by word. For each length of a phrase it only counts how many
 * words in a row equal the one a phrase earlier.
 */
export class LoopFinder {
  readonly #recent: { word: TranscriptWord; plain: string }[] = [];
  readonly #same = new Array<number>(MAX_PHRASE_WORDS + 1).fill(0);
  #open: Loop | undefined;

  /** Gives back the loop that ended before this word. */
  add(word: TranscriptWord): Loop | undefined {
    const plain = plainText(word.word);
    let length = 0;
    for (let phrase = 1; phrase <= MAX_PHRASE_WORDS; phrase++) {
      const isSame = plain !== "" && this.#recent.at(-phrase)?.plain === plain;
      const same = isSame ? (this.#same[phrase] ?? 0) + 1 : 0;
      this.#same[phrase] = same;
      if (Math.floor(same / phrase) + 1 >= leastTimes(phrase)) length = Math.max(length, same + phrase);
    }
    this.#recent.push({ word, plain });
    if (this.#recent.length > REMEMBERED_WORDS) this.#recent.shift();
    if (length === 0) return this.finish();
    const beginning = this.#open?.beginning ?? this.#recent.slice(-length).map((each) => each.word);
    this.#open = { beginning, last: word };
    return undefined;
  }

  /** The loop that goes on to the end, if there is one. */
  finish(): Loop | undefined {
    const loop = this.#open;
    this.#open = undefined;
    return loop;
  }
}
