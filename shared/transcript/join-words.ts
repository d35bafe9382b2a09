/**
 * Puts words back together the way the text they were taken from does: with its spaces (none in Chinese or Thai)
 * and with punctuation that some servers leave out of the words. Where the text does not tell, the script does.
 */

/** A word as it is shown: no space around it, `spaced` when one goes before it. */
type Token = { text: string; spaced: boolean };

/** How far ahead in the text a word is looked for when some of the text has no words. */
export const LOOK_AHEAD_CHARACTERS = 200;
const SURE_CHARACTERS = 4;

/** Scripts that write words without spaces between them, and their punctuation and full-width forms. */
const UNSPACED =
  "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}\\u3000-\\u303f\\u30fc\\uff00-\\uffef";
const ENDS_UNSPACED = new RegExp(`[${UNSPACED}]\\p{M}*$`, "u");
const STARTS_UNSPACED = new RegExp(`^[${UNSPACED}]`, "u");
/** Marks, joiners and closing punctuation belong to what stands before them. */
const STARTS_ATTACHED = /^(?:[\p{M}.,!?;:…%)\]}”’»]|\u200d)/u;
const ONLY_PUNCTUATION = /^[\p{P}\p{S}\s]*$/u;

/** One token a word, in order; a word of nothing but space gives an empty token. */
export function tokensOf(words: readonly { word: string }[], text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let previous: Token | undefined;
  // The last token found in the text; what the text has behind it is its own.
  let anchor: Token | undefined;
  for (const { word } of words) {
    const shown = word.trim();
    const token: Token = { text: shown, spaced: spacedByScript(previous?.text ?? "", word) };
    const found = shown === "" ? -1 : findWord(text, shown, at);
    if (found >= 0) {
      shareOut(text.slice(at, found), anchor, token);
      at = found + shown.length;
      anchor = token;
    }
    tokens.push(token);
    if (shown !== "") previous = token;
  }
  if (anchor) anchor.text += closingOf(text.slice(at, at + LOOK_AHEAD_CHARACTERS));
  return tokens;
}

export function joinTokens(tokens: readonly Token[]): string {
  let joined = "";
  for (const { text, spaced } of tokens)
    if (text !== "") joined += spaced && joined !== "" ? ` ${text}` : text;
  return joined;
}

/** Whether two neighbours whose text is not known are written with a space between them. */
function spacedByScript(before: string, word: string): boolean {
  if (/^\s/.test(word)) return true;
  return !STARTS_ATTACHED.test(word) && !(ENDS_UNSPACED.test(before) && STARTS_UNSPACED.test(word));
}

/** Where the word is next in the text, or -1. A short word found behind others is as likely another one. */
export function findWord(text: string, word: string, from: number): number {
  let at = from;
  while (at < text.length && /\s/.test(text.charAt(at))) at++;
  if (text.startsWith(word, at)) return at;
  const ahead = text.slice(from, from + LOOK_AHEAD_CHARACTERS);
  const found = ahead.indexOf(word);
  if (found < 0) return -1;
  return word.length >= SURE_CHARACTERS || ONLY_PUNCTUATION.test(ahead.slice(0, found)) ? from + found : -1;
}

/** What stands between two words belongs to the first, up to the last space; behind it, to the second. */
function shareOut(between: string, before: Token | undefined, after: Token): void {
  if (!ONLY_PUNCTUATION.test(between)) {
    if (before) before.text += closingOf(between);
    return;
  }
  const spaceEnd = between.search(/\S*$/);
  after.spaced = spaceEnd > 0;
  const opening = before && !after.spaced ? "" : between.slice(spaceEnd);
  const closing = between.slice(0, between.length - opening.length).trimEnd();
  if (before) before.text += closing.replace(/\s+/g, " ");
  after.text = opening + after.text;
}

/** The punctuation that ends the word before, when other words follow that are in no list. */
function closingOf(text: string): string {
  return /^[\p{P}\p{S}]+(?=\s|$)/u.exec(text)?.[0] ?? "";
}
