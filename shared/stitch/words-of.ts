import { indexTurns, speakerBetween } from "../transcript/speaker-turns.ts";
import type { Transcript, TranscriptWord } from "../transcript/transcript.ts";

/** A word of an unspaced script is one character here, which is fine enough to cut at. */
const PIECES =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}][\p{M}\u3001\u3002\uff0c\uff01\uff1f]*|[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]+/gu;

/**
 * The words of a transcript, or what stands for them when it has none: the pieces of its segments (else of its
 * speaker segments, else of its text), their times shared out by length. The same transcript gives the same list.
 */
export function wordsOf(transcript: Transcript): readonly TranscriptWord[] {
  if (hasTimedWords(transcript)) return transcript.words;
  const { segments, speaker_segments: turns } = transcript;
  if (segments.length > 0) {
    const index = indexTurns(turns);
    return segments.flatMap((segment) => piecesOf(segment, (s, e) => speakerBetween(index, s, e)));
  }
  if (turns.length > 0) return turns.flatMap((turn) => piecesOf(turn, () => turn.speaker_id));
  return piecesOf({ start: 0, end: transcript.duration, text: transcript.text }, () => undefined);
}

/** Whether the times of `wordsOf` were heard, not shared out. */
export function hasTimedWords(transcript: Transcript): boolean {
  return transcript.words.length > 0;
}

function piecesOf(
  from: { start: number; end: number; text: string },
  speakerAt: (start: number, end: number) => string | undefined,
): TranscriptWord[] {
  const pieces = from.text.match(PIECES) ?? [];
  const characters = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const secondsEach = (from.end - from.start) / Math.max(1, characters);
  let at = from.start;
  return pieces.map((word, id) => {
    const start = at;
    at += word.length * secondsEach;
    const speaker = speakerAt(start, at);
    return { id, word, start, end: at, ...(speaker === undefined ? {} : { speaker_id: speaker }) };
  });
}
