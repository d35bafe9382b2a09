import type { TranscriptSegment } from "./transcript.ts";

/** The words of a segment whose own times are not known: its time, shared out by their length. */
export function spreadWords({
  start,
  end,
  text,
}: Pick<TranscriptSegment, "start" | "end" | "text">): { word: string; start: number; end: number }[] {
  const words = text.split(/\s+/).filter((word) => word !== "");
  const letters = words.reduce((sum, word) => sum + word.length, 0);
  let before = 0;
  return words.map((word) => {
    const from = start + ((end - start) * before) / letters;
    before += word.length;
    return { word, start: from, end: start + ((end - start) * before) / letters };
  });
}
