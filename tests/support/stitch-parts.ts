import { digestPart } from "../../shared/stitch/digest-part.ts";
import { joinParts } from "../../shared/stitch/join-parts.ts";
import type { Part } from "../../shared/stitch/part.ts";
import type { Seam } from "../../shared/stitch/seams/find-seam.ts";
import { type SpeakerName, type StitchedPiece, Stitcher } from "../../shared/stitch/stitcher.ts";
import type {
  SpeakerSegment,
  Transcript,
  TranscriptSegment,
  TranscriptWord,
} from "../../shared/transcript.ts";

/**
 * One transcript out of the answers of all parts, in order. A lone part's answer is given back as it is. For a
 * recording of hours, `Stitcher` and `TranscriptJson` do the same with one answer in memory.
 */
export function stitchTranscripts(
  parts: readonly Part[],
  names: readonly SpeakerName[],
): { transcript: Transcript; seams: Seam[] } {
  const [lone] = parts;
  if (parts.length === 1 && lone) return { transcript: lone.transcript, seams: [] };
  const digests = parts.map((part, index) => digestPart(part, parts[index - 1], parts[index + 1]));
  const seams = joinParts(digests).map((join) => join.seam);
  const stitcher = new Stitcher(seams, names);
  const texts: string[] = [];
  const segments: TranscriptSegment[] = [];
  const words: TranscriptWord[] = [];
  const turns: SpeakerSegment[] = [];
  const take = (piece: StitchedPiece) => {
    texts.push(piece.text);
    for (const segment of piece.segments) segments.push(segment);
    for (const word of piece.words) words.push(word);
    for (const turn of piece.speaker_segments) turns.push(turn);
  };
  for (const part of parts) take(stitcher.add(part));
  const { piece, summary, extra } = stitcher.finish();
  take(piece);
  const { language, duration } = summary;
  return {
    transcript: {
      language,
      duration,
      text: texts.join(""),
      segments,
      words,
      speaker_segments: turns,
      ...extra,
    },
    seams,
  };
}
