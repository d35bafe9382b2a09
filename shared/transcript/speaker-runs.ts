import { joinTokens, tokensOf } from "./join-words.ts";
import type { SpeakerSegment, TranscriptWord } from "./transcript.ts";

/** A word whose speaker may not be known. */
type Run = {
  start: number;
  end: number;
  text: string;
  speaker_id: string | undefined;
  words: TranscriptWord[];
};

/** Neighbouring words of one speaker as one run, in the order of the words; `text` is the text they were taken from. */
export function speakerRuns(words: readonly TranscriptWord[], text: string): Run[] {
  const tokens = tokensOf(words, text);
  const runs: Run[] = [];
  let from = 0;
  for (let to = 1; to <= words.length; to++) {
    const first = words[from];
    if (!first || (to < words.length && words[to]?.speaker_id === first.speaker_id)) continue;
    const own = words.slice(from, to);
    runs.push({
      start: own.reduce((earliest, word) => Math.min(earliest, word.start), first.start),
      end: own.reduce((latest, word) => Math.max(latest, word.end), first.end),
      text: joinTokens(tokens.slice(from, to)),
      speaker_id: first.speaker_id,
      words: own,
    });
    from = to;
  }
  return runs;
}

/** The runs whose speaker is known, as a transcript's speaker segments, numbered from 0. */
export function speakerSegmentsOf(runs: readonly Run[]): SpeakerSegment[] {
  const segments: SpeakerSegment[] = [];
  for (const { speaker_id: speaker, start, end, text, words } of runs) {
    if (speaker !== undefined)
      segments.push({ id: segments.length, speaker_id: speaker, start, end, text, words });
  }
  return segments;
}
