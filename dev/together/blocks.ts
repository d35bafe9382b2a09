/** Where segments and speaker turns begin and end. Pure. */

import type { Spoken } from "./speakers.ts";

/** The published example has blocks of 8.4 to 10.7 s, and a break after 2 s without speech. */
const MAX_BLOCK_SECONDS = 11;
const LONG_PAUSE_SECONDS = 2;

/** Cuts words into blocks of about ten seconds, at the longest pause in the later half of each. */
export function cutBlocks(words: readonly Spoken[]): Spoken[][] {
  const blocks: Spoken[][] = [];
  let block: Spoken[] = [];
  for (const word of words) {
    const first = block[0];
    const last = block.at(-1);
    if (first !== undefined && last !== undefined) {
      if (word.start - last.end > LONG_PAUSE_SECONDS) {
        blocks.push(block);
        block = [];
      } else if (word.end - first.start > MAX_BLOCK_SECONDS) {
        const cut = longestPause([...block, word]);
        blocks.push(block.slice(0, cut));
        block = block.slice(cut);
      }
    }
    block.push(word);
  }
  return block.length === 0 ? blocks : [...blocks, block];
}

/** Cuts words into turns: a turn ends at another speaker or a pause. */
export function cutTurns(words: readonly Spoken[]): Spoken[][] {
  const turns: Spoken[][] = [];
  for (const word of words) {
    const turn = turns.at(-1);
    const last = turn?.at(-1);
    const goesOn = last?.speaker === word.speaker && word.start - last.end <= LONG_PAUSE_SECONDS;
    if (turn !== undefined && goesOn) turn.push(word);
    else turns.push([word]);
  }
  return turns;
}

/** The index of the word behind the longest pause, looking only at the later half so that blocks stay long. */
function longestPause(words: readonly Spoken[]): number {
  const half = (words[0]?.start ?? 0) + MAX_BLOCK_SECONDS / 2;
  let best = words.length - 1;
  let longest = -1;
  for (let index = 1; index < words.length; index++) {
    const pause = (words[index]?.start ?? 0) - (words[index - 1]?.end ?? 0);
    if ((words[index]?.start ?? 0) >= half && pause >= longest) {
      longest = pause;
      best = index;
    }
  }
  return best;
}
