import { natsOf, type SpeakerGroups } from "./speaker-groups.ts";
import type { SpeakerLink } from "./speaker-link.ts";

/** Local speakers tied this strongly are one stretch of a speaker: right or wrong together. */
const STRETCH_NATS = 3;
/** Evidence that is worth naming. */
const NAMED_NATS = 0.7;

type LinkScore = Pick<SpeakerLink, "confidence" | "by">;

/**
 * How sure each local speaker's group is: its probability against every other group and a new one. The same for the
 * stretch of tied local speakers around it, whose tie to the rest of the group may be the weak one. The lower one counts.
 */
export function scoreLinks(groups: SpeakerGroups): LinkScore[] {
  const scores = new Array<LinkScore>(groups.speakers.length);
  for (const id of groups.ids()) {
    const stretches = stretchesOf(groups, id);
    const seconds = (stretch: readonly number[]) =>
      stretch.reduce((sum, speaker) => sum + (groups.speakers[speaker]?.seconds ?? 0), 0);
    const main = stretches.reduce((longest, each) => (seconds(each) > seconds(longest) ? each : longest));
    for (const stretch of stretches) {
      // The longest stretch is what the others are put to: who the speaker is.
      const asStretch = probability(groups, stretch, id, stretch === main);
      for (const speaker of stretch) {
        const asVoice = stretch.length === 1 ? asStretch : probability(groups, [speaker], id, false);
        scores[speaker] = {
          confidence: Math.min(asStretch, asVoice),
          by: namedEvidence(groups, speaker, id),
        };
      }
    }
  }
  return scores;
}

function probability(
  groups: SpeakerGroups,
  speakers: readonly number[],
  id: number,
  isMain: boolean,
): number {
  const here = isMain ? 0 : natsOf(groups.evidenceFor(speakers, id));
  let alternatives = isMain ? 0 : 1;
  for (const other of groups.ids()) {
    if (other !== id) alternatives += Math.exp(natsThere(groups, speakers, id, other));
  }
  return 1 / (1 + alternatives * Math.exp(-here));
}

/** The evidence for the other group; its members of the same parts would change places with `speakers`. */
function natsThere(groups: SpeakerGroups, speakers: readonly number[], id: number, other: number): number {
  const parts = new Set(speakers.map((speaker) => groups.speakers[speaker]?.part));
  const members = groups.membersOf(other);
  const rivals = members.filter((speaker) => parts.has(groups.speakers[speaker]?.part));
  // Nobody of the other group would be left: that only changes its name.
  if (rivals.length === members.length) return Number.NEGATIVE_INFINITY;
  const there = natsOf(groups.evidenceFor(speakers, other, rivals));
  if (rivals.length === 0) return there;
  return there + natsOf(groups.evidenceFor(rivals, id, speakers)) - natsOf(groups.evidenceFor(rivals, other));
}

function stretchesOf(groups: SpeakerGroups, id: number): number[][] {
  const left = new Set(groups.membersOf(id));
  const stretches: number[][] = [];
  for (const first of left) {
    const stretch = [first];
    left.delete(first);
    // The list grows while it is walked.
    for (const speaker of stretch) {
      for (const tie of groups.speakers[speaker]?.ties ?? []) {
        if (tie.nats >= STRETCH_NATS && left.delete(tie.speaker)) stretch.push(tie.speaker);
      }
    }
    stretches.push(stretch);
  }
  return stretches;
}

function namedEvidence(groups: SpeakerGroups, speaker: number, id: number): SpeakerLink["by"] {
  const { ties, identification } = groups.evidenceFor([speaker], id);
  // A speaker that the identification heard and gave no other name is identified by it, too.
  const isAlone = groups.membersOf(id).length === 1;
  const byIdentification =
    identification >= NAMED_NATS || (isAlone && (groups.speakers[speaker]?.votes.length ?? 0) > 0);
  if (ties >= NAMED_NATS) return byIdentification ? "both" : "overlap";
  return byIdentification ? "reference" : "none";
}
