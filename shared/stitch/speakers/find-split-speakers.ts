import type { SpeakerEvidence } from "./speaker-evidence.ts";

/** Of a voice with one clip it is not known whether the clip is its own. */
const FEWEST_CLIPS = 2;
/** Tied so strongly to two voices of a neighbouring part, two voices are two persons. */
const TIED_NATS = 3;
/** A part takes one person for two about once in 30 times, as if it had been seen in 20. */
const SPLIT_PRIOR = { yes: 0.6, no: 19 };
/** Of two persons both may be heard in many parts or in few. */
const BOTH_HEARD_PRIOR = { yes: 1, no: 1 };
/** The roll call takes two persons for one about once in 20 times. */
const NAMESAKE_NATS = Math.log(1 / 20);

/**
 * Two voices of one part are two persons, unless the evidence is overwhelming: a diarizer now and then splits
 * somebody in two, and then the roll call calls every clip of both halves alike, and no overlap tells them apart. If
 * the roll call does so in most parts in which the name comes up, there are rather two whom it takes for one.
 * Gives for each half the index of the voice that it is a half of.
 */
export function findSplitSpeakers(speakers: readonly SpeakerEvidence[]): Map<number, number> {
  const splits = new Map<number, number>();
  const called = Map.groupBy(speakers.keys(), (index) => labelOf(speakers[index]));
  called.delete(undefined);
  for (const indices of called.values()) {
    const parts = [...Map.groupBy(indices, (index) => speakers[index]?.part).values()];
    const doubled = parts.filter((own) => own.length > 1);
    const single = parts.length - doubled.length;
    const asSplits = seriesNats(doubled.length, single, SPLIT_PRIOR);
    const asTwoPersons = NAMESAKE_NATS + seriesNats(doubled.length, single, BOTH_HEARD_PRIOR);
    if (asSplits < asTwoPersons) continue;
    for (const [first = -1, ...others] of doubled) {
      for (const other of others) if (!areToldApart(speakers, first, other)) splits.set(other, first);
    }
  }
  return splits;
}

/** What most clips of the voice are called. */
function labelOf(speaker: SpeakerEvidence | undefined): number | undefined {
  const clips = speaker?.votes ?? [];
  for (const { label } of clips) {
    const alike = clips.filter((clip) => clip.label === label).length;
    if (alike >= FEWEST_CLIPS && alike > clips.length / 2) return label;
  }
  return undefined;
}

function areToldApart(speakers: readonly SpeakerEvidence[], a: number, b: number): boolean {
  const tiedTo = (index: number) => speakers[index]?.ties.filter((tie) => tie.nats >= TIED_NATS) ?? [];
  return tiedTo(a).some((ofA) =>
    tiedTo(b).some(
      (ofB) => ofA.speaker !== ofB.speaker && speakers[ofA.speaker]?.part === speakers[ofB.speaker]?.part,
    ),
  );
}

/** How likely a series of so many yes and no is when their share is not known but for a prior (Pólya's urn). */
function seriesNats(yes: number, no: number, prior: { yes: number; no: number }): number {
  let nats = 0;
  for (let seen = 0; seen < yes + no; seen++) {
    const drawn = seen < yes ? prior.yes + seen : prior.no + seen - yes;
    nats += Math.log(drawn / (prior.yes + prior.no + seen));
  }
  return nats;
}
