import { indexTurns, speakersBetween } from "../../transcript/speaker-turns.ts";
import type { Transcript } from "../../transcript/transcript.ts";
import { NO_SPEAKER } from "../../transcript/transcript.ts";
import { speechSeconds } from "../digest-part.ts";

/** Where a clip lies in the reference audio: seconds from its start. */
export type PlacedClip = { part: number; local: string; referenceStart: number; referenceEnd: number };

/** The identification's label for most of the speech in one clip, and the fraction of the clip's speech that has it. */
export type Vote = { part: number; local: string; label: string; fraction: number; seconds: number };

/** Next to its ends a clip may have the sound of its neighbour: packets are not cut, and decoders ring. */
const CLIP_EDGE_SECONDS = 0.2;

/** One vote for each clip in which somebody was heard. */
export function readIdentification(clips: readonly PlacedClip[], reference: Transcript): Vote[] {
  const turns = indexTurns(turnsOf(reference));
  const votes: Vote[] = [];
  for (const { part, local, referenceStart, referenceEnd } of clips) {
    const heard = speakersBetween(
      turns,
      referenceStart + CLIP_EDGE_SECONDS,
      referenceEnd - CLIP_EDGE_SECONDS,
    );
    const [most] = [...heard].sort(([, a], [, b]) => b - a);
    const seconds = [...heard.values()].reduce((sum, each) => sum + each, 0);
    if (most && seconds > 0)
      votes.push({ part, local, label: most[0], fraction: most[1] / seconds, seconds });
  }
  return votes;
}

/** Words, where they name their speakers, are nearer to the truth than turns, whose ends are sloppy. */
function turnsOf(reference: Transcript): { start: number; end: number; speaker_id: string }[] {
  const words = reference.words.flatMap((word) => {
    const { start, speaker_id: speaker } = word;
    return speaker === undefined || speaker === NO_SPEAKER
      ? []
      : [{ start, end: start + speechSeconds(word), speaker_id: speaker }];
  });
  return words.length > 0
    ? words
    : reference.speaker_segments.filter((turn) => turn.speaker_id !== NO_SPEAKER);
}
