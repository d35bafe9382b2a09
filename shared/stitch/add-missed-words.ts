import type {
  SpeakerSegment,
  Transcript,
  TranscriptSegment,
  TranscriptWord,
} from "../transcript/transcript.ts";
import { globalSeconds } from "./heard-part.ts";
import { joinTexts } from "./join-texts.ts";
import { cutPlace, placeWords } from "./place-words.ts";
import type { MissedWord } from "./seams/find-seam.ts";

/**
 * Puts words that a part has missed into its answer: into its words, its text, the segment they come to lie in and
 * the turn of the word before. Who says one is who said that word, for the other part has its own names.
 * @param offset where the part starts in the recording, seconds
 */
export function addMissedWords(
  transcript: Transcript,
  missed: readonly MissedWord[],
  offset: number,
): Transcript {
  // From behind, so that each still finds its place.
  return [...missed]
    .sort((a, b) => b.before - a.before)
    .reduce((changed, { before, word }) => addWord(changed, before, word, offset), transcript);
}

function addWord(transcript: Transcript, at: number, heard: MissedWord["word"], offset: number): Transcript {
  const { words, segments, speaker_segments: turns } = transcript;
  const neighbour = words[at - 1];
  const { speaker_id: _, ...rest } = heard;
  const speaker = neighbour?.speaker_id;
  const inOrder = (seconds: number) =>
    Math.max(neighbour?.start ?? 0, Math.min(words[at]?.start ?? seconds, seconds));
  const start = inOrder(globalSeconds(heard.start, -offset));
  const word: TranscriptWord = {
    id: words.length,
    ...rest,
    start,
    end: Math.max(start, globalSeconds(heard.end, -offset)),
    ...(speaker === undefined ? {} : { speaker_id: speaker }),
  };
  return {
    ...transcript,
    text: insertText(transcript.text, word.word, placeIn(transcript.text, words, at)),
    segments: insertIntoSegment(segments, words, at, word),
    words: words.toSpliced(at, 0, word),
    speaker_segments: turns.map((turn) => insertIntoTurn(turn, neighbour, word)),
  };
}

function placeIn(text: string, words: readonly TranscriptWord[], at: number): number | undefined {
  return cutPlace(text, words, placeWords(text, words), at);
}

/** A text that does not show where the word goes is left as it is. */
function insertText(text: string, word: string, place: number | undefined): string {
  if (place === undefined) return text;
  return joinTexts(joinTexts(text.slice(0, place), word), text.slice(place));
}

function insertIntoSegment(
  segments: readonly TranscriptSegment[],
  words: readonly TranscriptWord[],
  at: number,
  word: TranscriptWord,
): TranscriptSegment[] {
  let place = placeIn(segments.map((segment) => segment.text).join("\n"), words, at) ?? -1;
  return segments.map((segment) => {
    const own = place;
    place -= segment.text.length + 1;
    if (own < 0 || own > segment.text.length) return segment;
    return { ...extend(segment, word), text: insertText(segment.text, word.word, own) };
  });
}

function insertIntoTurn(
  turn: SpeakerSegment,
  neighbour: TranscriptWord | undefined,
  word: TranscriptWord,
): SpeakerSegment {
  const after = turn.words.findIndex(
    ({ word: shown, start, end }) =>
      shown === neighbour?.word && start === neighbour.start && end === neighbour.end,
  );
  if (after < 0) return turn;
  const place = after + 1 < turn.words.length ? placeIn(turn.text, turn.words, after + 1) : turn.text.length;
  const words = turn.words.toSpliced(after + 1, 0, word);
  return { ...extend(turn, word), text: insertText(turn.text, word.word, place), words };
}

function extend<T extends { start: number; end: number }>(item: T, word: TranscriptWord): T {
  return { ...item, start: Math.min(item.start, word.start), end: Math.max(item.end, word.end) };
}
