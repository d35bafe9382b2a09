// Gives every word of a script its time.

import { SYMBOL_SECONDS } from "./band.ts";
import { countSymbols } from "./frame.ts";
import { ScriptError, type ScriptStep } from "./parse-script.ts";
import { type SpokenWord, UnspeakableWordError } from "./word-bits.ts";

/** A word with its true times in seconds. */
export type TimedWord = SpokenWord & { start: number; end: number };

/** A turn as it will be heard: its words, none overlapping another's. */
export type TimedTurn = { line: number; speaker: string; words: TimedWord[] };

export type Layout = { turns: TimedTurn[] /** of the whole recording, in seconds */; duration: number };

/** Between words: about what separates them in lively speech, and long enough for a codec to settle. */
export const WORD_GAP_SECONDS = 0.06;
/** Between turns without a start of their own. */
const TURN_GAP_SECONDS = 0.4;
export const LEAD_SECONDS = 0.3;
export const TAIL_SECONDS = 0.5;

/** How long a word sounds, in seconds. */
export function secondsOfWord(spoken: SpokenWord): number {
  return countSymbols(spoken) * SYMBOL_SECONDS;
}

/**
 * @throws ScriptError when a turn would overlap the one before, or a word cannot be said
 */
export function layOutScript(steps: readonly ScriptStep[]): Layout {
  const turns: TimedTurn[] = [];
  let next = LEAD_SECONDS;
  let spokenUntil = 0;
  let paused = 0;
  for (const step of steps) {
    if (step.kind === "pause") {
      next += step.seconds;
      paused += step.seconds;
      continue;
    }
    const previous = turns.at(-1);
    const start = step.at ?? next;
    if (previous !== undefined && start < spokenUntil + WORD_GAP_SECONDS - 1e-6) {
      throw new ScriptError(
        step.line,
        `${step.speaker} would start at ${start} s while line ${previous.line} speaks until ${spokenUntil.toFixed(2)} s; ` +
          `marker speech cannot overlap, start at ${(spokenUntil + WORD_GAP_SECONDS).toFixed(2)} s or later`,
      );
    }
    const words = layOutTurn(step, start);
    turns.push({ line: step.line, speaker: step.speaker, words });
    spokenUntil = words.at(-1)?.end ?? start;
    next = spokenUntil + TURN_GAP_SECONDS;
    paused = 0;
  }
  return { turns, duration: spokenUntil + paused + TAIL_SECONDS };
}

function layOutTurn(turn: ScriptStep & { kind: "turn" }, start: number): TimedWord[] {
  let at = start;
  return turn.words.map((word) => {
    const timed = {
      word,
      speaker: turn.speaker,
      start: at,
      end: at + secondsAt(turn.line, word, turn.speaker),
    };
    at = timed.end + WORD_GAP_SECONDS;
    return timed;
  });
}

function secondsAt(line: number, word: string, speaker: string): number {
  try {
    return secondsOfWord({ word, speaker });
  } catch (error) {
    if (error instanceof UnspeakableWordError) throw new ScriptError(line, error.message);
    throw error;
  }
}
