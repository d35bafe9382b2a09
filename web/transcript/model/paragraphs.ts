import { firstIndex } from "../../../shared/first-index.ts";
import type { Speakers } from "./speakers.ts";
import { textOf, type Words } from "./words.ts";

/** Words shown as one block: `first` to `end` (excluded), of one speaker. */
export type Paragraph = { first: number; end: number };

/** A pause that sounds like the end of a thought. */
const PAUSE_SECONDS = 2;
const LEAST_WORDS_BEFORE_PAUSE = 12;
/** A long speech is split at the end of a sentence from this length on, and anywhere at the next. */
const LONG_WORDS = 70;
const LONGEST_WORDS = 140;
const ENDS_SENTENCE = /[.!?…。！？]["”’)»]?$/;

/** Paragraphs for reading: a new speaker starts one, and in a long speech a pause or a sentence. */
export function paragraphsOf(words: Words, { ofNumber }: Speakers): Paragraph[] {
  const shownAs = words.speakerIds.map((_, number) => ofNumber(number));
  const paragraphs: Paragraph[] = [];
  let first = 0;
  for (let index = 1; index < words.count; index++) {
    if (!isBreak(words, first, index, shownAs)) continue;
    paragraphs.push({ first, end: index });
    first = index;
  }
  if (words.count > 0) paragraphs.push({ first, end: words.count });
  return paragraphs;
}

function isBreak(words: Words, first: number, index: number, shownAs: readonly unknown[]): boolean {
  const speaker = shownAs[words.speakers[index] ?? 0];
  if (speaker !== shownAs[words.speakers[index - 1] ?? 0]) return true;
  // Words that replace the same word of the machine were written together.
  if (words.places[index] === words.places[index - 1]) return false;
  const length = index - first;
  if (length >= LONGEST_WORDS) return true;
  const pause = (words.starts[index] ?? 0) - (words.ends[index - 1] ?? 0);
  if (pause >= PAUSE_SECONDS && length >= LEAST_WORDS_BEFORE_PAUSE) return true;
  return length >= LONG_WORDS && ENDS_SENTENCE.test(textOf(words, index - 1));
}

/** The paragraph of a word, by binary search. */
export function paragraphOf(paragraphs: readonly Paragraph[], word: number): number {
  return firstIndex(paragraphs.length, (index) => (paragraphs[index]?.first ?? 0) > word) - 1;
}

/** The range of the machine's words that a paragraph covers, removed ones included. */
export function stretchOf(words: Words, { first, end }: Paragraph, machineWords: number) {
  const from = first === 0 ? 0 : (words.places[first] ?? 0);
  const behind = end < words.count ? (words.places[end] ?? machineWords) : machineWords;
  return { first: from, last: Math.max(from, behind - 1) };
}
