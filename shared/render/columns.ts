/** What fits side by side in a subtitle. A wide (East Asian) character takes two columns, as does an emoji. */

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });
const dictionary = new Intl.Segmenter("und", { granularity: "word" });

/** Shorter stretches of a script without spaces are left whole: they are words as the upstream cut them. */
const WHOLE_COLUMNS = 12;

/** Never less than the number of UTF-16 code units, so a line that fits by columns fits however it is counted. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (let at = 0; at < text.length; at++) columns += isWide(text.charCodeAt(at)) ? 2 : 1;
  return columns;
}

/** Cuts one word into pieces between which a line may break, none wider than a line. Most words are one piece. */
export function breakWord(word: string, lineColumns: number): string[] {
  const columns = columnsOf(word);
  if (columns <= WHOLE_COLUMNS) return [word];
  if (columns <= lineColumns && columns === word.length && !hasUnspacedScript(word)) return [word];
  return [...dictionary.segment(word)].flatMap(({ segment }) => cutToLine(segment, lineColumns));
}

/** Cuts text that is wider than a line between graphemes, or between code points where one grapheme is too wide. */
function cutToLine(text: string, lineColumns: number): string[] {
  if (columnsOf(text) <= lineColumns) return [text];
  const pieces: string[] = [];
  let piece = "";
  for (const { segment } of graphemes.segment(text)) {
    for (const part of columnsOf(segment) <= lineColumns ? [segment] : segment) {
      if (columnsOf(piece + part) > lineColumns) {
        pieces.push(piece);
        piece = "";
      }
      piece += part;
    }
  }
  pieces.push(piece);
  return pieces;
}

/** Shortened with an ellipsis to at most `columns` columns. */
export function shorten(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let kept = "";
  for (const { segment } of graphemes.segment(text)) {
    if (columnsOf(kept + segment) > columns - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

function hasUnspacedScript(text: string): boolean {
  return /[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u.test(text);
}

/** The wide blocks of Unicode's East Asian Width; surrogates count one each, which makes a pair two. */
function isWide(unit: number): boolean {
  if (unit < 0x1100) return false;
  return (
    unit <= 0x115f ||
    (unit >= 0x2e80 && unit <= 0xa4cf) ||
    (unit >= 0xac00 && unit <= 0xd7a3) ||
    (unit >= 0xf900 && unit <= 0xfaff) ||
    (unit >= 0xfe30 && unit <= 0xfe6f) ||
    (unit >= 0xff00 && unit <= 0xff60) ||
    (unit >= 0xffe0 && unit <= 0xffe6)
  );
}
