import type { PartDigest } from "../digest-part.ts";
import type { Join } from "../join-parts.ts";
import { findSplitSpeakers } from "./find-split-speakers.ts";
import type { Vote } from "./read-identification.ts";
import type { SpeakerEvidence } from "./speaker-evidence.ts";
import { localKey, tieSpeakers } from "./tie-speakers.ts";
import { trustInIdentification } from "./trust-identification.ts";

/** Below this, equal labels of two clips are mostly chance and say nothing about their speakers. */
const LEAST_TRUST = 0.6;
/** A clip with less speech counts for less. */
const FULL_CLIP_SECONDS = 3;

export function gatherEvidence(
  digests: readonly PartDigest[],
  joins: readonly Join[],
  votes: readonly Vote[],
): SpeakerEvidence[] {
  const labels = new Map<string, number>();
  for (const { label } of votes) if (!labels.has(label)) labels.set(label, labels.size);
  const votesOf = Map.groupBy(votes, ({ part, local }) => localKey(part, local));
  const speakers = digests.flatMap((digest, part) =>
    digest.localSpeakers.map(({ local, seconds, firstAt }): SpeakerEvidence => {
      const own = votesOf.get(localKey(part, local)) ?? [];
      return {
        part,
        locals: [local],
        seconds,
        firstAt: Math.min(firstAt ?? Number.POSITIVE_INFINITY, firstAtEdge(digest, part, local, joins)),
        ties: [],
        votes: own.map((vote) => ({
          label: labels.get(vote.label) ?? 0,
          weight: vote.fraction * Math.min(1, vote.seconds / FULL_CLIP_SECONDS),
        })),
      };
    }),
  );
  tieSpeakers(speakers, joins);
  const splits =
    trustInIdentification(speakers) < LEAST_TRUST ? new Map<number, number>() : findSplitSpeakers(speakers);
  if (splits.size === 0) return speakers;

  const healed = speakers.filter((_, index) => !splits.has(index));
  for (const [half, whole] of splits) {
    const speaker = speakers[half];
    const to = speakers[whole];
    if (!speaker || !to) continue;
    to.locals.push(...speaker.locals);
    to.votes.push(...speaker.votes);
    to.seconds += speaker.seconds;
    to.firstAt = Math.min(to.firstAt, speaker.firstAt);
  }
  tieSpeakers(healed, joins);
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
