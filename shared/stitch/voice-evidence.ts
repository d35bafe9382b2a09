import type { PartDigest } from "./digest-part.ts";
import { findSplits } from "./find-splits.ts";
import type { Join } from "./join-parts.ts";
import type { Vote } from "./read-roll-call.ts";
import { trustInRollCall } from "./trust-roll-call.ts";

/**
 * What speaks for or against two voices being one person, in nats: the logarithm of how much likelier it is heard of
 * one person than of two. 0 says nothing, 3 is twenty to one.
 */

export type VoiceEvidence = {
  part: number;
  /** More than one where a part has split somebody in two. */
  locals: string[];
  seconds: number;
  /** When its first word of the whole transcript is said; infinite when its part's neighbours have them all. */
  firstAt: number;
  /** What the overlaps say of it and voices of the parts next to its own. */
  ties: { voice: number; nats: number }[];
  /** What the roll call called it, as indices of labels; the weight of a clip is at most 1. */
  votes: { label: number; weight: number }[];
};

/** Below it the roll call calls two clips alike mostly by chance, which shows nothing of two voices. */
const LEAST_TRUST = 0.6;
/** Seconds of speech that a diarizer decides at one go: so much is one piece of evidence, not several. */
const SECONDS_EACH = 1.5;
/** How often in an overlap both parts give a person's words to that person, and to one of two who are different. */
const AGREES_IF_SAME = 0.9;
const AGREES_IF_DIFFERENT = 0.1;
/** A diarizer gives a whole stretch to the wrong speaker at once, however long it is. */
const LONGEST_STRETCH_SECONDS = 2;
/** However long an overlap, a whole turn in it may be given to the wrong speaker: about one time in 150. */
const MOST_TIE_NATS = 5;
/** A clip with less speech counts for less. */
const FULL_CLIP_SECONDS = 3;

export function gatherEvidence(
  digests: readonly PartDigest[],
  joins: readonly Join[],
  votes: readonly Vote[],
): VoiceEvidence[] {
  const labels = new Map<string, number>();
  for (const { label } of votes) if (!labels.has(label)) labels.set(label, labels.size);
  const votesOf = Map.groupBy(votes, ({ part, local }) => keyOf(part, local));
  const voices = digests.flatMap((digest, part) =>
    digest.voices.map(({ local, seconds, firstAt }): VoiceEvidence => {
      const own = votesOf.get(keyOf(part, local)) ?? [];
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
  addTies(voices, joins);
  const splits = trustInRollCall(voices) < LEAST_TRUST ? new Map<number, number>() : findSplits(voices);
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
  addTies(healed, joins);
  return healed;
}

function keyOf(part: number, local: string): string {
  return `${part} ${local}`;
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

/** Each voice of a part with each of the next one, if both were heard in the overlap. */
function addTies(voices: readonly VoiceEvidence[], joins: readonly Join[]): void {
  const indexOf = new Map<string, number>();
  for (const [index, voice] of voices.entries()) {
    voice.ties = [];
    for (const local of voice.locals) indexOf.set(keyOf(voice.part, local), index);
  }
  for (const [part, { agreements }] of joins.entries()) {
    const heard = new Map<number, number>();
    const agreed = new Map<string, number>();
    const add = <K>(to: Map<K, number>, key: K, seconds: number) => to.set(key, (to.get(key) ?? 0) + seconds);
    for (const { a, b, stretches } of agreements) {
      const seconds = stretches.reduce(
        (sum, each) => sum + Math.min(each, T.stretch ?? LONGEST_STRETCH_SECONDS),
        0,
      );
      const voiceA = indexOf.get(keyOf(part, a)) ?? -1;
      const voiceB = indexOf.get(keyOf(part + 1, b)) ?? -1;
      add(heard, voiceA, seconds);
      add(heard, voiceB, seconds);
      add(agreed, `${voiceA} ${voiceB}`, seconds);
    }
    for (const [indexA, ofA] of heard) {
      for (const [indexB, ofB] of heard) {
        const a = voices[indexA];
        const b = voices[indexB];
        if (a?.part !== part || b?.part !== part + 1) continue;
        const nats = tieNats(agreed.get(`${indexA} ${indexB}`) ?? 0, (ofA + ofB) / 2);
        a.ties.push({ voice: indexB, nats });
        b.ties.push({ voice: indexA, nats });
      }
    }
  }
}

/** `agreed` of `heard` seconds were given to the one voice by its part and to the other by the other part. */
function tieNats(agreed: number, heard: number): number {
  const nats =
    agreed * Math.log(AGREES_IF_SAME / AGREES_IF_DIFFERENT) +
    (heard - agreed) * Math.log((1 - AGREES_IF_SAME) / (1 - AGREES_IF_DIFFERENT));
  const M = T.tie ?? MOST_TIE_NATS;
  return Math.min(M, Math.max(-M, nats / SECONDS_EACH));
}

// biome-ignore lint: tuning
const T = (globalThis as any).TUNE ?? {};
