import type { FlagKind } from "../flag-kinds.ts";
import type { TranscriptSegment } from "../transcript/transcript.ts";
import { isBoilerplate } from "./boilerplate.ts";
import { countWords } from "./plain-words.ts";

/** A minute of fast speech has some 300 words; an auctioneer's 400. */
const MAX_WORDS_PER_SECOND = 7;
/** Letters of scripts without spaces: a fast Japanese newsreader says 8. */
const MAX_LETTERS_PER_SECOND = 14;
/** Below this a pace says nothing: times are not exact enough. */
const LEAST_WORDS_OF_FAST = 4;
/** A long segment of hardly a word: something was not heard, or something was made up. */
const MIN_WORDS_PER_SECOND = 0.3;
const LEAST_SECONDS_OF_SLOW = 10;

/** What a segment shows by its own text and times. */
export function flagsOfSegment({ start, end, text }: TranscriptSegment): FlagKind[] {
  const kinds: FlagKind[] = [];
  if (isBoilerplate(text)) kinds.push("boilerplate");
  const { words, letters } = countWords(text);
  const seconds = end - start;
  const leastSeconds = words / MAX_WORDS_PER_SECOND + letters / MAX_LETTERS_PER_SECOND;
  if (words + letters >= LEAST_WORDS_OF_FAST && seconds < leastSeconds) kinds.push("too_fast");
  if (
    words + letters > 0 &&
    seconds >= LEAST_SECONDS_OF_SLOW &&
    (words + letters) / seconds < MIN_WORDS_PER_SECOND
  ) {
    kinds.push("too_slow");
  }
  return kinds;
}
