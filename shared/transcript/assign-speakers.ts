import { indexTurns, speakersBetween } from "./speaker-turns.ts";
import type { SpeakerSegment, TranscriptWord } from "./transcript.ts";

/**
 * Gives each word that names no speaker the one its speaker segments tell: that of the same word in a turn, else
 * of the only one who talks at that time. Where two talk the word stays without. When the answer has turns but no
 * words of its own, the words are those of the turns (Together's prose promises them, its schema does not).
 */
export function assignSpeakers(
  words: TranscriptWord[],
  segments: readonly SpeakerSegment[],
): TranscriptWord[] {
  if (segments.length === 0) return words;
  if (words.length === 0) return wordsOfTurns(segments);
  if (words.every((word) => word.speaker_id !== undefined)) return words;

  const sameWord = new Map<string, string | undefined>();
  for (const word of segments.flatMap((segment) => segment.words))
    sameWord.set(wordKey(word), word.speaker_id);
  const turns = indexTurns(segments);
  return words.map((word) => {
    if (word.speaker_id !== undefined) return word;
    const speakers = [...speakersBetween(turns, word.start, word.end).keys()];
    const speaker = sameWord.get(wordKey(word)) ?? (speakers.length === 1 ? speakers[0] : undefined);
    return speaker === undefined ? word : { ...word, speaker_id: speaker };
  });
}

/** Ids may restart in every turn, so the words get new ones. */
function wordsOfTurns(segments: readonly SpeakerSegment[]): TranscriptWord[] {
  const words = segments.flatMap((segment) => segment.words);
  return words.sort((a, b) => a.start - b.start).map((word, id) => ({ ...word, id }));
}

function wordKey(word: TranscriptWord): string {
  return `${word.start} ${word.end} ${word.word}`;
}
