import type { SpeakerEvidence } from "./speaker-evidence.ts";

/** The evidence that some local speakers are the person of a group, in nats, and how often they share a part with it. */
type GroupEvidence = { ties: number; identification: number; sharedParts: number };

/** Two local speakers of one part are two persons (find-split-speakers.ts finds the exceptions). */
const SHARED_PART_NATS = 30;
/** The identification is one hearing: a mistake about a person repeats in all of that person's clips. */
const MAX_IDENTIFICATION_NATS = 4;
/** How often the identification gives a new person the name of another. */
const NAMED_AFTER_ANOTHER = 0.15;
/** Smoothing of a group's labels: half a clip that says nothing. */
const DOUBTED_CLIPS = 0.5;

/** The sum, in nats. */
export function natsOf({ ties, identification, sharedParts }: GroupEvidence): number {
  return ties + identification - sharedParts * SHARED_PART_NATS;
}

/** Bound of the prior that a person heard in many parts is heard in one more. */
const MOST_PRESENCE_NATS = 2;

type Group = { members: Set<number>; clipsOfLabel: Float64Array; speakersInPart: Map<number, number> };

/** Local speakers in groups, each group a person. Only keeps the counts; group-speakers.ts decides who goes where. */
export class SpeakerGroups {
  readonly speakers: readonly SpeakerEvidence[];
  readonly #groups = new Map<number, Group>();
  readonly #groupOf: Int32Array;
  readonly #fractionOfLabel: Float64Array;
  /** Of the local speakers that are in a group. */
  readonly #clipsOfLabel: Float64Array;
  readonly #trust: number;
  #nextId = 0;

  /** `trust`: how much of the identification's answer depends on who speaks, 0 to 1. */
  constructor(speakers: readonly SpeakerEvidence[], trust: number) {
    this.speakers = speakers;
    this.#trust = trust;
    this.#groupOf = new Int32Array(speakers.length).fill(-1);
    const votes = speakers.flatMap((speaker) => speaker.votes);
    this.#fractionOfLabel = new Float64Array(votes.reduce((most, vote) => Math.max(most, vote.label + 1), 0));
    this.#clipsOfLabel = new Float64Array(this.#fractionOfLabel.length);
    const total = votes.reduce((sum, vote) => sum + vote.weight, 0);
    for (const { label, weight } of votes) add(this.#fractionOfLabel, label, weight / total);
  }

  ids(): number[] {
    return [...this.#groups.keys()];
  }

  has(id: number): boolean {
    return this.#groups.has(id);
  }

  groupOf(speaker: number): number {
    return this.#groupOf[speaker] ?? -1;
  }

  membersOf(group: number): number[] {
    return [...(this.#groups.get(group)?.members ?? [])];
  }

  /** The id of a new group; it exists once a local speaker is put into it. */
  open(): number {
    return this.#nextId++;
  }

  put(speaker: number, id: number): void {
    this.remove(speaker);
    let group = this.#groups.get(id);
    if (!group) {
      const clipsOfLabel = new Float64Array(this.#fractionOfLabel.length);
      group = { members: new Set(), clipsOfLabel, speakersInPart: new Map() };
      this.#groups.set(id, group);
    }
    this.#count(group, speaker, 1);
    group.members.add(speaker);
    this.#groupOf[speaker] = id;
  }

  /** Takes the local speaker out of its group. An empty group is removed. */
  remove(speaker: number): void {
    const id = this.groupOf(speaker);
    const group = this.#groups.get(id);
    if (!group) return;
    this.#count(group, speaker, -1);
    group.members.delete(speaker);
    if (group.members.size === 0) this.#groups.delete(id);
    this.#groupOf[speaker] = -1;
  }

  /** Compares `speakers` with those of the group that are neither among them nor `absent`. */
  evidenceFor(speakers: readonly number[], id: number, absent: readonly number[] = []): GroupEvidence {
    const group = this.#groups.get(id);
    if (!group) return { ties: 0, identification: 0, sharedParts: 0 };
    const own = new Set(speakers);
    const left = new Set([...speakers, ...absent].filter((index) => this.groupOf(index) === id));
    let ties = 0;
    let sharedParts = 0;
    const clips = new Float64Array(this.#fractionOfLabel.length);
    // Usually no member is left out, and nothing has to be copied.
    const others = left.size > 0 ? group.clipsOfLabel.slice() : group.clipsOfLabel;
    const othersInPart = left.size > 0 ? new Map(group.speakersInPart) : group.speakersInPart;
    for (const index of left) {
      const speaker = this.speakers[index];
      if (!speaker) continue;
      for (const { label, weight } of speaker.votes) add(others, label, -weight);
      othersInPart.set(speaker.part, (othersInPart.get(speaker.part) ?? 0) - 1);
    }
    for (const index of own) {
      const speaker = this.speakers[index];
      if (!speaker) continue;
      for (const tie of speaker.ties)
        if (this.groupOf(tie.speaker) === id && !left.has(tie.speaker)) ties += tie.nats;
      for (const { label, weight } of speaker.votes) add(clips, label, weight);
      sharedParts += othersInPart.get(speaker.part) ?? 0;
    }
    return { ties, identification: this.#identificationNats(clips, others), sharedParts };
  }

  /** The evidence, in nats, that they are a person of no other group: unlikely when others have their label. */
  newSpeakerNats(speakers: readonly number[]): number {
    const clips = new Float64Array(this.#fractionOfLabel.length);
    const held = this.#clipsOfLabel.slice();
    for (const index of speakers) {
      const isMember = this.groupOf(index) >= 0;
      for (const { label, weight } of this.speakers[index]?.votes ?? []) {
        add(clips, label, weight);
        if (isMember) add(held, label, -weight);
      }
    }
    let nats = 0;
    for (const [label, weight] of clips.entries()) {
      if (weight <= 0) continue;
      const free = Math.max(NAMED_AFTER_ANOTHER, weight / (weight + Math.max(0, held[label] ?? 0)));
      nats += weight * Math.log(this.#trust * free + 1 - this.#trust);
    }
    return Math.max(-MAX_IDENTIFICATION_NATS, nats);
  }

  /** The prior, in nats, that the person is heard in a part, from the number of parts with that person; `id` may be new. */
  presenceNats(id: number): number {
    const heard = this.#groups.get(id)?.members.size ?? 0;
    const notHeard = Math.max(0, (this.speakers.at(-1)?.part ?? 0) - heard);
    return Math.min(
      MOST_PRESENCE_NATS,
      Math.max(-MOST_PRESENCE_NATS, Math.log((heard + 1) / (notHeard + 1))),
    );
  }

  #count(group: Group, index: number, sign: 1 | -1): void {
    const speaker = this.speakers[index];
    if (!speaker) return;
    for (const { label, weight } of speaker.votes) {
      add(group.clipsOfLabel, label, sign * weight);
      add(this.#clipsOfLabel, label, sign * weight);
    }
    group.speakersInPart.set(speaker.part, (group.speakersInPart.get(speaker.part) ?? 0) + sign);
  }

  /** The log-likelihood ratio of the smaller set's labels: the person of the other set against anybody. */
  #identificationNats(a: Float64Array, b: Float64Array): number {
    const [clips, known] = sum(a) <= sum(b) ? [a, b] : [b, a];
    const total = sum(known);
    if (total < 1e-9) return 0;
    let nats = 0;
    for (const [label, weight] of clips.entries()) {
      if (weight > 0) nats += weight * this.#calledNats(label, known[label] ?? 0, total);
    }
    return Math.min(MAX_IDENTIFICATION_NATS, Math.max(-MAX_IDENTIFICATION_NATS, nats));
  }

  /** The log-likelihood ratio of one clip's label: a person with this label in `known` of `total` clips against anybody. */
  #calledNats(label: number, known: number, total: number): number {
    const fraction = this.#fractionOfLabel[label] ?? 1;
    const called = (Math.max(0, known) + DOUBTED_CLIPS * fraction) / (total + DOUBTED_CLIPS);
    return Math.log((this.#trust * called + (1 - this.#trust) * fraction) / fraction);
  }
}

function add(to: Float64Array, index: number, value: number): void {
  to[index] = (to[index] ?? 0) + value;
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
