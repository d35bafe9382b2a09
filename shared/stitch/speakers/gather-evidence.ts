import type { PartDigest } from "../digest-part.ts";
import type { Join } from "../join-parts.ts";
import { findSplits } from "./find-splits.ts";
import type { Vote } from "./read-identification.ts";
import type { VoiceEvidence } from "./speaker-evidence.ts";
import { tieVoices, voiceKey } from "./tie-speakers.ts";
import { trustInIdentification } from "./trust-identification.ts";

/** Below it the roll call calls two clips alike mostly by chance, which shows nothing of two voices. */
const LEAST_TRUST = 0.6;
/** A clip with less speech counts for less. */
const FULL_CLIP_SECONDS = 3;

export function gatherEvidence(
  digests: readonly PartDigest[],
  joins: readonly Join[],
  votes: readonly Vote[],
): VoiceEvidence[] {
  const labels = new Map<string, number>();
  for (const { label } of votes) if (!labels.has(label)) labels.set(label, labels.size);
  const votesOf = Map.groupBy(votes, ({ part, local }) => voiceKey(part, local));
  const voices = digests.flatMap((digest, part) =>
    digest.voices.map(({ local, seconds, firstAt }): VoiceEvidence => {
      const own = votesOf.get(voiceKey(part, local)) ?? [];
      return {
        part,
        locals: [local],
        seconds,
        firstAt: Math.min(firstAt ?? Number.POSITIVE_INFINITY, firstAtEdge(digest, part, local, joins)),
        ties: [],
        votes: own.map((vote) => ({
          label: labels.get(vote.label) ?? 0,
          weight: vote.share * Math.min(1, vote.seconds / FULL_CLIP_SECONDS),
        })),
      };
    }),
  );
  tieVoices(voices, joins);
  const splits = trustInIdentification(voices) < LEAST_TRUST ? new Map<number, number>() : findSplits(voices);
  if (splits.size === 0) return voices;

  const healed = voices.filter((_, index) => !splits.has(index));
  for (const [half, whole] of splits) {
    const voice = voices[half];
    const to = voices[whole];
    if (!voice || !to) continue;
    to.locals.push(...voice.locals);
    to.votes.push(...voice.votes);
    to.seconds += voice.seconds;
    to.firstAt = Math.min(to.firstAt, voice.firstAt);
  }
  tieVoices(healed, joins);
  return healed;
}

function firstAtEdge(
  { head, tail }: PartDigest,
  part: number,
  local: string,
  joins: readonly Join[],
): number {
  const from = joins[part - 1]?.seam.right ?? 0;
  const to = joins[part]?.seam.left ?? Number.POSITIVE_INFINITY;
  let first = Number.POSITIVE_INFINITY;
  for (const edge of [head, tail]) {
    for (const [at, word] of edge.words.entries()) {
      const index = edge.from + at;
      if (word.speaker_id === local && index >= from && index < to) first = Math.min(first, word.start);
    }
  }
  return first;
}
