/** Other ways to make one set of speakers out of all parts, for bench/link-speakers.ts to hold against the one in use. */

import type { PartDigest } from "../../shared/stitch/digest-part.ts";
import type { Join } from "../../shared/stitch/join-parts.ts";
import { assignBest } from "../../shared/stitch/speakers/assign-best.ts";
import { gatherEvidence } from "../../shared/stitch/speakers/gather-evidence.ts";
import { linkSpeakers } from "../../shared/stitch/speakers/link-speakers.ts";
import type { Vote } from "../../shared/stitch/speakers/read-identification.ts";
import type { SpeakerEvidence } from "../../shared/stitch/speakers/speaker-evidence.ts";
import { natsOf, SpeakerGroups } from "../../shared/stitch/speakers/speaker-groups.ts";
import { trustInIdentification } from "../../shared/stitch/speakers/trust-identification.ts";
import type { SpeakerName } from "../../shared/stitch/stitcher.ts";

export type Linker = (
  digests: readonly PartDigest[],
  joins: readonly Join[],
  votes: readonly Vote[],
) => SpeakerName[];

/** Seconds of agreement from which on a chain believes in a pair. */
const CHAIN_SECONDS = 1;

/** The name of the way that linkSpeakers goes with a roll call. */
export const IN_USE = "both: weighed together (in use)";

/** `usesReference`: whether it costs a roll call. */
export const LINKERS: Record<string, { link: Linker; usesReference: boolean }> = {
  "the parts' own names": { link: byOwnName, usesReference: false },
  "rank by talking time": { link: byTalkingTime, usesReference: false },
  "overlap: Hungarian, part by part": { link: chain, usesReference: false },
  "overlap: weighed (in use alone)": {
    link: (digests, joins) => linkSpeakers(digests, joins).links,
    usesReference: false,
  },
  "roll call: its names": { link: (digests, _, votes) => byLabel(digests, votes), usesReference: true },
  "roll call: Hungarian per part": {
    link: (digests, _, votes) => byLabelOnce(digests, votes),
    usesReference: true,
  },
  "roll call: weighed": {
    link: (digests, joins, votes) => linkSpeakers(digests, joins.map(withoutTies), { votes }).links,
    usesReference: true,
  },
  "both: overlap chains, then names": { link: chainThenLabel, usesReference: true },
  "both: agglomerative": { link: agglomerate, usesReference: true },
  [IN_USE]: {
    link: (digests, joins, votes) => linkSpeakers(digests, joins, { votes }).links,
    usesReference: true,
  },
};

/** As if every part's answer used the same names for the same people. */
function byOwnName(digests: readonly PartDigest[]): SpeakerName[] {
  return digests.flatMap(({ localSpeakers }, part) =>
    localSpeakers.map(({ local }) => ({ part, local, speaker: local })),
  );
}

/** Who talks most in one part is taken for who talks most in the next. */
function byTalkingTime(digests: readonly PartDigest[]): SpeakerName[] {
  return digests.flatMap(({ localSpeakers }, part) =>
    [...localSpeakers]
      .sort((a, b) => b.seconds - a.seconds)
      .map(({ local }, rank) => ({ part, local, speaker: `S${rank}` })),
  );
}

function withoutTies(join: Join): Join {
  return { ...join, agreements: [] };
}

function chain(digests: readonly PartDigest[], joins: readonly Join[]): SpeakerName[] {
  const names: SpeakerName[] = [];
  let next = 0;
  let before = new Map<string, string>();
  for (const [part, digest] of digests.entries()) {
    const locals = digest.localSpeakers.map((voice) => voice.local);
    const earlier = [...before.keys()];
    const agreements = joins[part - 1]?.agreements ?? [];
    const seconds = locals.map((b) =>
      earlier.map(
        (a) =>
          agreements
            .find((each) => each.a === a && each.b === b)
            ?.stretches.reduce((sum, each) => sum + each) ?? 0,
      ),
    );
    const matched = earlier.length > 0 ? matchBest(seconds) : [];
    const own = new Map<string, string>();
    for (const [row, local] of locals.entries()) {
      const column = matched[row] ?? -1;
      const isBelieved = (seconds[row]?.[column] ?? 0) >= CHAIN_SECONDS;
      const speaker = (isBelieved ? before.get(earlier[column] ?? "") : undefined) ?? `S${next++}`;
      own.set(local, speaker);
      names.push({ part, local, speaker });
    }
    before = own;
  }
  return names;
}

function matchBest(seconds: number[][]): number[] {
  // A column of nobody for each row, so that there are enough.
  return assignBest(seconds.map((row) => [...row, ...seconds.map(() => 0)]));
}

function labelsOf(digests: readonly PartDigest[], votes: readonly Vote[]) {
  return digests.map((digest, part) =>
    digest.localSpeakers.map(({ local }) => {
      const shares = new Map<string, number>();
      for (const vote of votes) {
        if (vote.part === part && vote.local === local)
          shares.set(vote.label, (shares.get(vote.label) ?? 0) + vote.fraction * vote.seconds);
      }
      return { local, shares };
    }),
  );
}

function byLabel(digests: readonly PartDigest[], votes: readonly Vote[]): SpeakerName[] {
  return labelsOf(digests, votes).flatMap((localSpeakers, part) =>
    localSpeakers.map(({ local, shares }) => {
      const [most] = [...shares].sort(([, a], [, b]) => b - a);
      return { part, local, speaker: most?.[0] ?? `${part} ${local}` };
    }),
  );
}

function byLabelOnce(digests: readonly PartDigest[], votes: readonly Vote[]): SpeakerName[] {
  const labels = [...new Set(votes.map((vote) => vote.label))];
  return labelsOf(digests, votes).flatMap((localSpeakers, part) => {
    const scores = localSpeakers.map(({ shares }) => labels.map((label) => shares.get(label) ?? 0));
    const matched = matchBest(scores);
    return localSpeakers.map(({ local, shares }, row) => {
      const label = labels[matched[row] ?? -1] ?? "";
      return { part, local, speaker: (shares.get(label) ?? 0) > 0 ? label : `${part} ${local}` };
    });
  });
}

/** Chains by overlap; those whose voices are mostly called the same become one. */
function chainThenLabel(
  digests: readonly PartDigest[],
  joins: readonly Join[],
  votes: readonly Vote[],
): SpeakerName[] {
  const chained = chain(digests, joins);
  const called = new Map(
    byLabel(digests, votes).map(({ part, local, speaker }) => [`${part} ${local}`, speaker]),
  );
  const labelsOfChain = new Map<string, Map<string, number>>();
  for (const { part, local, speaker } of chained) {
    const label = called.get(`${part} ${local}`) ?? "";
    const counts = labelsOfChain.get(speaker) ?? new Map<string, number>();
    labelsOfChain.set(speaker, counts.set(label, (counts.get(label) ?? 0) + 1));
  }
  return chained.map(({ part, local, speaker }) => {
    const [most] = [...(labelsOfChain.get(speaker) ?? [])].sort(([, a], [, b]) => b - a);
    return { part, local, speaker: most?.[0] ?? speaker };
  });
}

/** Every voice alone at first; the two likeliest groups become one until none are likely. */
function agglomerate(
  digests: readonly PartDigest[],
  joins: readonly Join[],
  votes: readonly Vote[],
): SpeakerName[] {
  const localSpeakers: SpeakerEvidence[] = gatherEvidence(digests, joins, votes);
  const groups = new SpeakerGroups(localSpeakers, trustInIdentification(localSpeakers));
  for (const voice of localSpeakers.keys()) groups.put(voice, groups.open());
  const scores = new Map<number, { id: number; nats: number }>();
  const findBest = (a: number) => {
    let best = { id: -1, nats: 0.7 };
    for (const id of groups.ids()) {
      if (id === a) continue;
      const nats = natsOf(groups.evidenceFor(groups.membersOf(a), id));
      if (nats > best.nats) best = { id, nats };
    }
    scores.set(a, best);
  };
  for (const id of groups.ids()) findBest(id);
  for (;;) {
    let a = -1;
    for (const [id, best] of scores)
      if (best.id >= 0 && (a < 0 || best.nats > (scores.get(a)?.nats ?? 0))) a = id;
    if (a < 0) break;
    const b = scores.get(a)?.id ?? -1;
    for (const voice of groups.membersOf(b)) groups.put(voice, a);
    scores.delete(b);
    for (const [id, best] of scores) if (id === a || best.id === a || best.id === b) findBest(id);
  }
  return localSpeakers.flatMap(({ part, locals }, index) =>
    locals.map((local) => ({ part, local, speaker: `S${groups.groupOf(index)}` })),
  );
}
