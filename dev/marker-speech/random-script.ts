// Makes up a conversation of any length for tests and benchmarks.

import { makeDictionary } from "./dictionary.ts";
import { LEAD_SECONDS, secondsOfWord, TAIL_SECONDS, WORD_GAP_SECONDS } from "./lay-out-script.ts";
import { createRandom, pick, type Random, randomInt } from "./random.ts";

type RandomScriptOptions = {
  words: number;
  /** At most 26: A, B, C … */
  speakers?: number;
  /** Length of the recording; without it turns follow one another at a natural pace. */
  seconds?: number;
  seed?: number;
};

const LEAST_TURN_GAP_SECONDS = 2 * WORD_GAP_SECONDS;
const WORDS_PER_TURN = { fewest: 3, most: 30 };
/** Short words come this much more often: the index into the dictionary is a random number to this power. */
const SKEW = 2.2;

type Turn = { speaker: string; words: string[]; seconds: number };

/**
 * A script for `makeAudio` in which speakers take turns of 3 to 30 words and, with `seconds`, pause between turns
 * so that the recording is exactly that long.
 * @throws RangeError when the words do not fit into `seconds`
 */
export function randomScript({ words, speakers = 4, seconds, seed = 1 }: RandomScriptOptions): string {
  const random = createRandom(seed);
  const turns = makeTurns(random, words, speakers);
  const spoken = turns.reduce((sum, turn) => sum + turn.seconds, 0);
  if (seconds === undefined) return turns.map(lineOf).join("");
  const shortest = LEAD_SECONDS + spoken + turns.length * LEAST_TURN_GAP_SECONDS + TAIL_SECONDS;
  if (shortest > seconds) {
    throw new RangeError(
      `${words} words take at least ${Math.ceil(shortest)} s, more than the ${seconds} s asked for`,
    );
  }
  return spreadTurns(random, turns, seconds, seconds - shortest);
}

function makeTurns(random: Random, words: number, speakers: number): Turn[] {
  const dictionary = makeDictionary();
  const turns: Turn[] = [];
  let left = words;
  let previous = -1;
  while (left > 0) {
    const count = Math.min(left, randomInt(random, WORDS_PER_TURN.fewest, WORDS_PER_TURN.most));
    const speaker =
      speakers === 1 ? 0 : (previous + randomInt(random, 1, speakers - (previous < 0 ? 0 : 1))) % speakers;
    const letter = String.fromCharCode(65 + speaker);
    const said = Array.from({ length: count }, () => drawWord(random, dictionary));
    const sounding = said.reduce((sum, word) => sum + secondsOfWord({ word, speaker: letter }), 0);
    turns.push({ speaker: letter, words: said, seconds: sounding + (count - 1) * WORD_GAP_SECONDS });
    left -= count;
    previous = speaker;
  }
  return turns;
}

function drawWord(random: Random, dictionary: readonly [string, ...string[]]): string {
  // One word in 20 comes from anywhere, so that accents, other scripts and long words are heard often enough.
  if (random() < 0.05) return pick(random, dictionary);
  return dictionary[Math.floor(random() ** SKEW * dictionary.length)] ?? dictionary[0];
}

function spreadTurns(random: Random, turns: readonly Turn[], seconds: number, slack: number): string {
  const shares = turns.map(() => -Math.log(1 - random()));
  const whole = shares.reduce((sum, share) => sum + share, 0);
  let at = LEAD_SECONDS;
  let spokenUntil = 0;
  const lines = turns.map((turn, index) => {
    const line = `@${at.toFixed(3)} ${lineOf(turn)}`;
    spokenUntil = at + turn.seconds;
    at = spokenUntil + LEAST_TURN_GAP_SECONDS + (slack * (shares[index] ?? 0)) / whole;
    return line;
  });
  return `${lines.join("")}pause ${Math.max(0, seconds - TAIL_SECONDS - spokenUntil).toFixed(3)}\n`;
}

function lineOf(turn: Turn): string {
  return `${turn.speaker}: ${turn.words.join(" ")}\n`;
}
