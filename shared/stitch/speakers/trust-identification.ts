import type { SpeakerEvidence } from "./speaker-evidence.ts";

/** A tie that leaves almost no doubt. */
const SURE_NATS = 4;
/** The prior about an identification, as counts of pairs seen before. */
const EXPECTED = { same: 0.9, sameSeen: 40, different: 0.05, differentSeen: 40 };

/**
 * How much of the identification's answer depends on who speaks, 0 to 1: how much more often it gives two clips one label
 * when they are of one person (of one local speaker, or of two that an overlap ties together) than when they are of two
 * (of two local speakers of one part).
 */
export function trustInIdentification(speakers: readonly SpeakerEvidence[]): number {
  const same = { seen: EXPECTED.sameSeen, alike: EXPECTED.sameSeen * EXPECTED.same };
  const different = { seen: EXPECTED.differentSeen, alike: EXPECTED.differentSeen * EXPECTED.different };
  const count = (of: { seen: number; alike: number }, a: number, b: number) => {
    of.seen++;
    if (a === b) of.alike++;
  };
  for (const [index, speaker] of speakers.entries()) {
    for (const [at, vote] of speaker.votes.entries()) {
      for (const later of speaker.votes.slice(at + 1)) count(same, vote.label, later.label);
      for (const tie of speaker.ties) {
        if (tie.speaker < index || tie.nats < SURE_NATS) continue;
        for (const other of speakers[tie.speaker]?.votes ?? []) count(same, vote.label, other.label);
      }
      for (let other = index + 1; speakers[other]?.part === speaker.part; other++)
        for (const theirs of speakers[other]?.votes ?? []) count(different, vote.label, theirs.label);
    }
  }
  const alikeIfSame = same.alike / same.seen;
  const alikeIfDifferent = different.alike / different.seen;
  // Two clips get the same label when both are labelled right, hence the root.
  return Math.sqrt(Math.max(0, (alikeIfSame - alikeIfDifferent) / (1 - alikeIfDifferent)));
}
