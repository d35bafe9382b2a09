import { findWord, joinTokens, tokensOf } from "../transcript/join-words.ts";
import type { TranscriptWord } from "../transcript/transcript.ts";

/** What stands in the place of the word at this index; undefined: the word as it was. */
export type CorrectionOf = (index: number) => readonly TranscriptWord[] | undefined;

/**
 * The text in which the words were said, with the corrected ones exchanged and all else as it was: spaces, line ends,
 * punctuation. When a corrected word cannot be found in it, the text is joined from the words.
 */
export function correctText(
  text: string,
  words: readonly TranscriptWord[],
  correctionOf: CorrectionOf,
): string {
  let corrected = "";
  let copied = 0;
  let at = 0;
  for (const [index, { word }] of words.entries()) {
    const shown = word.trim();
    const by = correctionOf(index);
    const found = shown === "" ? -1 : findWord(text, shown, at);
    if (found >= 0) at = found + shown.length;
    if (!by || (by.length === 1 && by[0]?.word === word)) continue;
    if (found < 0) return fromWords(words, correctionOf);
    const said = joinTokens(tokensOf(by, ""));
    corrected += text.slice(copied, found);
    corrected = said === "" ? corrected.trimEnd() : corrected + said;
    copied = at + (/\p{P}$/u.test(said) ? closingLength(text.slice(at, at + 10)) : 0);
  }
  corrected += text.slice(copied);
  return /^\s/.test(text) ? corrected : corrected.trimStart();
}

function fromWords(words: readonly TranscriptWord[], correctionOf: CorrectionOf): string {
  return joinTokens(
    tokensOf(
      words.flatMap((word, index) => correctionOf(index) ?? [word]),
      "",
    ),
  );
}

/** Punctuation behind a word that brings its own would stand there twice. */
function closingLength(rest: string): number {
  return /^\p{P}+(?=\s|$)/u.exec(rest)?.[0].length ?? 0;
}
