/** From a recogniser's tokens to words with times. Pure. */

type Tokens = { tokens: string[]; timestamps: number[]; durations?: number[] };
export type TimedWord = { word: string; start: number; end: number };

/** A recogniser says when a token begins; without durations its last one is taken to be this long. */
const LAST_TOKEN_SECONDS = 0.3;

/** @param length of the piece in seconds: no word ends behind it */
export function wordsOfTokens({ tokens, timestamps, durations }: Tokens, length: number): TimedWord[] {
  const words: TimedWord[] = [];
  tokens.forEach((token, index) => {
    const start = Math.min(timestamps[index] ?? length, length);
    const end = Math.min(start + (durations?.[index] || LAST_TOKEN_SECONDS), length);
    const text = token.replace(/^[▁ ]/, "");
    const last = words.at(-1);
    if (last && text === token) {
      last.word += text;
      last.end = Math.max(last.end, end);
    } else {
      if (last) last.end = Math.min(last.end, start);
      words.push({ word: text, start, end });
    }
  });
  return words.filter(({ word }) => word.trim() !== "");
}
