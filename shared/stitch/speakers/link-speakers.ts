import type { PartDigest } from "../digest-part.ts";
import type { Join } from "../join-parts.ts";
import { gatherEvidence } from "./gather-evidence.ts";
import { groupSpeakers } from "./group-speakers.ts";
import type { Vote } from "./read-identification.ts";
import { scoreLinks } from "./score-links.ts";
import type { SpeakerLink } from "./speaker-link.ts";

type LinkedSpeakers = {
  links: SpeakerLink[];
  /** In the order in which they first speak. */
  speakers: string[];
};

/** Below this a link is weak. */
const WEAK_LINK_CONFIDENCE = 0.8;
/** With every link at least this sure, identification could change nothing. */
const SURE_LINK_CONFIDENCE = 0.95;

/**
 * Makes one set of speakers for all parts. `votes` are the result of the identification; without them the overlaps are
 * the only evidence, and a local speaker heard in none of them is a new speaker. `maxSpeakers` is the caller's bound.
 */
export function linkSpeakers(
  digests: readonly PartDigest[],
  joins: readonly Join[],
  { votes = [], maxSpeakers }: { votes?: readonly Vote[]; maxSpeakers?: number | undefined } = {},
): LinkedSpeakers {
  const localSpeakers = gatherEvidence(digests, joins, votes);
  const groups = groupSpeakers(localSpeakers, maxSpeakers);
  const firstAt = (group: number) =>
    groups
      .membersOf(group)
      .reduce(
        (first, index) => Math.min(first, localSpeakers[index]?.firstAt ?? first),
        Number.POSITIVE_INFINITY,
      );
  const inOrder = groups.ids().map((id) => ({ id, firstAt: firstAt(id) }));
  // Speakers without a word in the transcript come last, so that the others are numbered without a gap.
  inOrder.sort((a, b) => (a.firstAt === b.firstAt ? 0 : a.firstAt - b.firstAt));
  const names = new Map(inOrder.map(({ id }, index) => [id, `SPEAKER_${String(index).padStart(2, "0")}`]));
  const scores = scoreLinks(groups);
  return {
    links: localSpeakers.flatMap(({ part, locals }, index) => {
      const speaker = names.get(groups.groupOf(index)) ?? "";
      const { confidence: exact, by } = scores[index] ?? { confidence: 0, by: "none" as const };
      const confidence = Math.round(exact * 100) / 100;
      const weak = confidence < WEAK_LINK_CONFIDENCE;
      return locals.map((local) => ({ part, local, speaker, confidence, weak, by }));
    }),
    speakers: inOrder
      .filter((group) => group.firstAt < Number.POSITIVE_INFINITY)
      .map(({ id }) => names.get(id) ?? ""),
  };
}

/**
 * Whether identification could change anything. It cannot when the overlaps link every local speaker for sure: then any
 * two speakers talk in one part, or are otherwise known to be two, and no groups are left to merge.
 */
export function needsIdentification({ links }: LinkedSpeakers): boolean {
  return links.some((link) => link.confidence < SURE_LINK_CONFIDENCE);
}
