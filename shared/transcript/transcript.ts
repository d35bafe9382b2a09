/**
 * A transcript in Together's verbose_json shape. Times are seconds from the start of the recording, ids are
 * opaque. Keys that are not named here are kept at run time and come after the named ones.
 */
export type Transcript = {
  /** ISO 639-1; `und` when the answer named none. */
  language: string;
  duration: number;
  text: string;
  segments: TranscriptSegment[];
  words: TranscriptWord[];
  speaker_segments: SpeakerSegment[];
};

export type TranscriptSegment = { id: TranscriptId; start: number; end: number; text: string };

export type TranscriptWord = {
  id: TranscriptId;
  word: string;
  start: number;
  end: number;
  speaker_id?: string;
};

export type SpeakerSegment = {
  id: TranscriptId;
  speaker_id: string;
  start: number;
  end: number;
  text: string;
  words: TranscriptWord[];
};

export type TranscriptId = number | string;

/** The speaker of a turn or word for which the speech API has no label: nobody's name. */
export const NO_SPEAKER = "UNKNOWN";

export type TranscriptSummary = {
  language: string;
  duration: number;
  segments: number;
  words: number;
  speakers: string[];
};

/** The counts a job and its webhook carry. */
export function summarizeTranscript(transcript: Transcript): TranscriptSummary {
  const speakers = new Set<string>();
  for (const segment of transcript.speaker_segments) speakers.add(segment.speaker_id);
  for (const word of transcript.words) if (word.speaker_id !== undefined) speakers.add(word.speaker_id);
  return {
    language: transcript.language,
    duration: transcript.duration,
    segments: transcript.segments.length,
    words: transcript.words.length,
    speakers: [...speakers].sort(),
  };
}
