import { speakerRuns, speakerSegmentsOf } from "./speaker-runs.ts";
import { indexTurns, type SpeakerTurns, speakerBetween } from "./speaker-turns.ts";
import type { SpeakerSegment, Transcript, TranscriptSegment, TranscriptWord } from "./transcript.ts";

/**
 * Lays the speakers of a diarized transcript of the same audio over a translation, which the upstream cannot
 * diarize. Each translated word gets the speaker who talks for most of its time, or of the nearest turn when nobody
 * does; runs of one speaker become speaker segments. Without words whole segments are given away in the same way,
 * seen in `speaker_segments` alone. A second transcript without speakers leaves the translation as it is.
 */
export function overlaySpeakers(translation: Transcript, diarized: Transcript): Transcript {
  const turns = indexTurns(turnsOf(diarized));
  if (turns.turns.length === 0) return translation;
  if (translation.words.length === 0) {
    return { ...translation, speaker_segments: runsOfSegments(translation, turns) };
  }
  const words = translation.words.map((word) =>
    withSpeaker(word, speakerBetween(turns, word.start, word.end)),
  );
  return { ...translation, words, speaker_segments: speakerSegmentsOf(speakerRuns(words, translation.text)) };
}

type Turn = { start: number; end: number; speaker_id: string };

function turnsOf(diarized: Transcript): Turn[] {
  if (diarized.speaker_segments.length > 0) return diarized.speaker_segments;
  return speakerSegmentsOf(speakerRuns(diarized.words, diarized.text));
}

function withSpeaker(word: TranscriptWord, speaker: string | undefined): TranscriptWord {
  return speaker === undefined ? word : { ...word, speaker_id: speaker };
}

function runsOfSegments(translation: Transcript, turns: SpeakerTurns): SpeakerSegment[] {
  const runs: SpeakerSegment[] = [];
  for (const segment of translation.segments) {
    const speaker = speakerBetween(turns, segment.start, segment.end);
    if (speaker === undefined) continue;
    const last = runs.at(-1);
    if (last?.speaker_id === speaker) extend(last, segment);
    else {
      const { start, end, text } = segment;
      runs.push({ id: runs.length, speaker_id: speaker, start, end, text: text.trim(), words: [] });
    }
  }
  return runs;
}

function extend(run: SpeakerSegment, segment: TranscriptSegment): void {
  run.start = Math.min(run.start, segment.start);
  run.end = Math.max(run.end, segment.end);
  run.text = `${run.text} ${segment.text.trim()}`.trim();
}
