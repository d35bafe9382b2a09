// Compares what was heard with what was said.

import type { HeardWord } from "./find-words.ts";
import type { TimedWord } from "./lay-out-script.ts";

type Comparison = {
  /** Said but not heard, or heard as something else. */
  wordErrors: number;
  /** Heard right but from the wrong speaker. */
  speakerErrors: number;
  /** Heard where nothing was said. */
  falseWords: number;
  /** The largest error of a start or end among the words heard right. */
  maxTimeErrorSeconds: number;
};

/** Two words further apart than this are not the same utterance. */
const SAME_SECONDS = 0.15;

/** Both lists in order of time. */
export function compareWords(said: readonly TimedWord[], heard: readonly HeardWord[]): Comparison {
  const result: Comparison = { wordErrors: 0, speakerErrors: 0, falseWords: 0, maxTimeErrorSeconds: 0 };
  let next = 0;
  for (const word of said) {
    while ((heard[next]?.start ?? Number.POSITIVE_INFINITY) < word.start - SAME_SECONDS) {
      result.falseWords++;
      next++;
    }
    const candidate = heard[next];
    if (candidate === undefined || candidate.start > word.start + SAME_SECONDS) {
      result.wordErrors++;
      continue;
    }
    next++;
    if (candidate.word !== word.word) {
      result.wordErrors++;
      continue;
    }
    if (candidate.speaker !== word.speaker) result.speakerErrors++;
    const error = Math.max(Math.abs(candidate.start - word.start), Math.abs(candidate.end - word.end));
    result.maxTimeErrorSeconds = Math.max(result.maxTimeErrorSeconds, error);
  }
  result.falseWords += heard.length - next;
  return result;
}
