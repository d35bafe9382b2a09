/**
 * Finds the words of an answer in its text, so that the text can be cut where the words are cut and stays to the
 * letter what it was everywhere else.
 */

/** As in `shared/join-words.ts`: how far ahead a word is looked for, and from which length on it is then sure. */
const LOOK_AHEAD_CHARACTERS = 200;
const SURE_CHARACTERS = 4;
/** Words next to a cut that are not in the text; beyond so many the cut's place is not known. */
const MAX_UNPLACED = 30;
const ONLY_PUNCTUATION = /^[\p{P}\p{S}\s]*$/u;

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

/** Where the word is next in the text, or -1. A short word found behind others is as likely another one. */
function findWord(text: string, word: string, from: number): number {
  let at = from;
  while (at < text.length && /\s/.test(text.charAt(at))) at++;
  if (text.startsWith(word, at)) return at;
  const ahead = text.slice(from, from + LOOK_AHEAD_CHARACTERS);
  const found = ahead.indexOf(word);
  if (found < 0) return -1;
  return word.length >= SURE_CHARACTERS || ONLY_PUNCTUATION.test(ahead.slice(0, found)) ? from + found : -1;
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
