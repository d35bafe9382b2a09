import { natsOf, type VoiceGroups } from "./speaker-groups.ts";
import type { SpeakerLink } from "./speaker-link.ts";

/** Voices tied so strongly are one stretch of a speaker: right or wrong together. */
const STRETCH_NATS = 3;
/** Evidence that is worth naming. */
const NAMED_NATS = 0.7;

export type Judgement = Pick<SpeakerLink, "confidence" | "by">;

/**
 * How sure each voice's group is: the probability of it beside all other groups the voice could be in, or one of its
 * own; likewise for the stretch of tied voices it is in, whose tie to the rest of its group may be the weak one.
 */
export function scoreLinks(groups: VoiceGroups): Judgement[] {
  const judged = new Array<Judgement>(groups.voices.length);
  for (const id of groups.ids()) {
    const stretches = stretchesOf(groups, id);
    const seconds = (stretch: readonly number[]) =>
      stretch.reduce((sum, voice) => sum + (groups.voices[voice]?.seconds ?? 0), 0);
    const main = stretches.reduce((longest, each) => (seconds(each) > seconds(longest) ? each : longest));
    for (const stretch of stretches) {
      // The longest stretch is what the others are put to: who the speaker is.
      const asStretch = probability(groups, stretch, id, stretch === main);
      for (const voice of stretch) {
        const asVoice = stretch.length === 1 ? asStretch : probability(groups, [voice], id, false);
        judged[voice] = { confidence: Math.min(asStretch, asVoice), by: namedEvidence(groups, voice, id) };
      }
    }
  }
  return judged;
}

function probability(groups: VoiceGroups, voices: readonly number[], id: number, isMain: boolean): number {
  const here = isMain ? 0 : natsOf(groups.kinship(voices, id));
  let alternatives = isMain ? 0 : 1;
  for (const other of groups.ids()) {
    if (other !== id) alternatives += Math.exp(natsThere(groups, voices, id, other));
  }
  return 1 / (1 + alternatives * Math.exp(-here));
}

/** Of the voices being in the other group; whom it has in the same parts changes places with them. */
function natsThere(groups: VoiceGroups, voices: readonly number[], id: number, other: number): number {
  const parts = new Set(voices.map((voice) => groups.voices[voice]?.part));
  const members = groups.membersOf(other);
  const rivals = members.filter((voice) => parts.has(groups.voices[voice]?.part));
  // Nobody of the other group would be left: that only changes its name.
  if (rivals.length === members.length) return Number.NEGATIVE_INFINITY;
  const there = natsOf(groups.kinship(voices, other, rivals));
  if (rivals.length === 0) return there;
  return there + natsOf(groups.kinship(rivals, id, voices)) - natsOf(groups.kinship(rivals, other));
}

function stretchesOf(groups: VoiceGroups, id: number): number[][] {
  const left = new Set(groups.membersOf(id));
  const stretches: number[][] = [];
  for (const first of left) {
    const stretch = [first];
    left.delete(first);
    // The list grows while it is walked.
    for (const voice of stretch) {
      for (const tie of groups.voices[voice]?.ties ?? []) {
        if (tie.nats >= STRETCH_NATS && left.delete(tie.voice)) stretch.push(tie.voice);
      }
    }
    stretches.push(stretch);
  }
  return stretches;
}

function namedEvidence(groups: VoiceGroups, voice: number, id: number): SpeakerLink["by"] {
  const { ties, identification } = groups.kinship([voice], id);
  // Whom the roll call has heard and found to be nobody else, it has told as well.
  const isAlone = groups.membersOf(id).length === 1;
  const byRollCall =
    identification >= NAMED_NATS || (isAlone && (groups.voices[voice]?.votes.length ?? 0) > 0);
  if (ties >= NAMED_NATS) return byRollCall ? "both" : "overlap";
  return byRollCall ? "roll_call" : "none";
}
