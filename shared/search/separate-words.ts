/** Stands between letters that are words of their own for the search, and is not shown. */
export const INVISIBLE_SPACE = "\u200b";

const LETTER =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]\p{M}*/gu;

/**
 * Text as the index takes it. Scripts without spaces are searched letter by letter, so that any part of a sentence is
 * found: a phrase is then letters in a row. Applied to what is stored and to what is asked.
 */
export function separateWords(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\s\p{Cc}]+/gu, " ")
    .replaceAll(INVISIBLE_SPACE, "")
    .trim()
    .replace(LETTER, `${INVISIBLE_SPACE}$&${INVISIBLE_SPACE}`)
    .replace(/\u200b{2,}/g, INVISIBLE_SPACE)
    .replace(/^\u200b|\u200b$/g, "");
}
