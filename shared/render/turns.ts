import { speakerRuns } from "../transcript/speaker-runs.ts";
import type { Transcript } from "../transcript/transcript.ts";
import { type NameOf, oneLine } from "./speaker-names.ts";

/** What one speaker says in one go, on one line; without diarization a segment. Times in seconds. */
type Turn = { start: number; end: number; speaker: string | undefined; text: string };

/** The turns by start; empty ones are left out, and text that came without times is one turn. */
export function turnsOf(transcript: Transcript, nameOf: NameOf): Turn[] {
  const turns = spokenBlocks(transcript).map(({ start, end, text, speaker_id: speaker }) => ({
    start,
    end,
    speaker: speaker === undefined ? undefined : nameOf(speaker),
    text: oneLine(text),
  }));
  return turns.filter((turn) => turn.text !== "").sort((a, b) => a.start - b.start);
}

/** Text with its times, from the most telling list the transcript has. */
type SpokenBlock = { start: number; end: number; text: string; speaker_id?: string | undefined };

export function spokenBlocks(transcript: Transcript): SpokenBlock[] {
  const { speaker_segments: speakerSegments, words, segments, text, duration } = transcript;
  if (speakerSegments.length > 0) return speakerSegments;
  if (words.some((word) => word.speaker_id !== undefined)) return speakerRuns(words, text);
  if (segments.length > 0) return segments;
  return [{ start: 0, end: duration, text }];
}
