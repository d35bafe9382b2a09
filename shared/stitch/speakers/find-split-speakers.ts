import type { SpeakerEvidence } from "./speaker-evidence.ts";

/** A single clip may be of somebody else. */
const FEWEST_CLIPS = 2;
/** Tied this strongly to two local speakers of a neighbouring part, two local speakers are two persons. */
const TIED_NATS = 3;
/** A part splits one person in two about once in 30 times; the prior weighs as much as 20 parts. */
const SPLIT_PRIOR = { yes: 0.6, no: 19 };
/** Two persons may both be heard in many parts or in few. */
const BOTH_HEARD_PRIOR = { yes: 1, no: 1 };
/** The identification takes two persons for one about once in 20 times. */
const NAMESAKE_NATS = Math.log(1 / 20);

/**
 * Finds persons whom a part has split in two; returns for each half the index of the other. Two local speakers of one
 * part are normally two persons. A split shows when the identification gives all clips of both halves one label and no
 * overlap tells them apart. If it does so in most parts in which the label comes up, two persons share the label.
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

/** The label of most of its clips. */
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

/** The log-likelihood of a series with `yes` and `no` outcomes under a beta prior (Pólya's urn). */
function seriesNats(yes: number, no: number, prior: { yes: number; no: number }): number {
  let nats = 0;
  for (let seen = 0; seen < yes + no; seen++) {
    const drawn = seen < yes ? prior.yes + seen : prior.no + seen - yes;
    nats += Math.log(drawn / (prior.yes + prior.no + seen));
  }
  return nats;
}
