import { findWord, LOOK_AHEAD_CHARACTERS } from "../transcript/join-words.ts";

/**
 * Finds the words of an answer in its text, so that the text can be cut where the words are cut and stays to the
 * letter what it was everywhere else.
 */

/** With more words than this next to a cut that are not in the text, the cut's place is not known. */
const MAX_UNPLACED = 30;

/** Where each word begins in the text; -1 for a word that is not found. */
export function placeWords(text: string, words: readonly { word: string }[]): Int32Array {
  const places = new Int32Array(words.length).fill(-1);
  let at = 0;
  for (const [index, { word }] of words.entries()) {
    const shown = word.trim();
    const place = shown === "" ? -1 : findWord(text, shown, at);
    if (place < 0) continue;
    places[index] = place;
    at = place + shown.length;
  }
  return places;
}

/**
 * The character at which the text is cut so that the words from `index` on are behind it. What stands between two
 * words belongs to the first up to the last space, behind it to the second. Undefined: no word near is in the text.
 */
export function cutPlace(
  text: string,
  words: readonly { word: string }[],
  places: Int32Array,
  index: number,
): number | undefined {
  const before = nearestPlaced(places, index - 1, -1);
  const after = nearestPlaced(places, index, 1);
  if (before === undefined && after === undefined) return undefined;
  const beforeEnd =
    before === undefined ? 0 : (places[before] ?? 0) + (words[before]?.word.trim().length ?? 0);
  // Words of the second side that are not in the text: whatever stands there for them goes with them.
  if (after !== index && before !== undefined) return beforeEnd + closingLength(text, beforeEnd);
  const afterStart = after === undefined ? text.length : (places[after] ?? text.length);
  const between = text.slice(beforeEnd, afterStart);
  return /\s/.test(between) ? beforeEnd + between.search(/\S*$/) : afterStart;
}

function nearestPlaced(places: Int32Array, from: number, step: 1 | -1): number | undefined {
  for (let index = from; Math.abs(index - from) < MAX_UNPLACED; index += step) {
    const place = places[index];
    if (place === undefined) return undefined;
    if (place >= 0) return index;
  }
  return undefined;
}

/** How much of the text here closes the word before: punctuation up to the next space. */
function closingLength(text: string, at: number): number {
  return /^[\p{P}\p{S}]*(?=\s|$)/u.exec(text.slice(at, at + LOOK_AHEAD_CHARACTERS))?.[0].length ?? 0;
}
