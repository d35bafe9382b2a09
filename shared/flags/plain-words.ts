/** The words of a text in lower case without their punctuation, as one string; what differs only in that is the same. */
export function plainText(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, " ")
    .trim();
}

const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]\p{M}*/gu;

/** How many words are said: by the spaces between them, and in scripts without spaces by their letters. */
export function countWords(text: string): { words: number; letters: number } {
  let letters = 0;
  const spaced = plainText(text).replace(UNSPACED, () => {
    letters++;
    return " ";
  });
  return { words: spaced.split(" ").filter((word) => word !== "").length, letters };
}
