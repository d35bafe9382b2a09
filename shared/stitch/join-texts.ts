import { tokensOf } from "../transcript/join-words.ts";

/** Enough of the end of a text to tell whether a space goes behind it. */
const TEXT_END_CHARACTERS = 8;

/** One text behind the other, with a space between them if their scripts have one. */
export function joinTexts(before: string, after: string): string {
  const [left, right] = [before.trimEnd(), after.trimStart()];
  if (left === "" || right === "") return left + right;
  return left + spaceBetween(left, right) + right;
}

/** What goes between the end of one text and the beginning of another. */
export function spaceBetween(before: string, after: string): string {
  const [, token] = tokensOf([{ word: before.slice(-TEXT_END_CHARACTERS) }, { word: after }], "");
  return token?.spaced ? " " : "";
}
