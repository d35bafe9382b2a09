import type { VoiceEvidence } from "./speaker-evidence.ts";

/** What the evidence says of some voices being the person of a group, in nats, and how often they share a part with it. */
export type Kinship = { ties: number; identification: number; sharedParts: number };

/** Two voices of one part are two persons (see find-splits.ts for those who are not). */
const SHARED_PART_NATS = 30;
/** The roll call is one hearing: where it takes two persons for one, or one for two, it does so in all their clips. */
const MOST_ROLL_CALL_NATS = 4;
/** How often the roll call gives somebody new the name of another. */
const NAMED_AFTER_ANOTHER = 0.15;
/** What a group is called is doubted as if half a clip had said nothing. */
const DOUBTED_CLIPS = 0.5;

/** All in all, in nats. */
export function natsOf({ ties, identification, sharedParts }: Kinship): number {
  return ties + identification - sharedParts * SHARED_PART_NATS;
}

/** A person heard in all other parts is likely to be heard in one more, a new one is not; so much at most. */
const MOST_PRESENCE_NATS = 2;

type Group = { members: Set<number>; clipsOfLabel: Float64Array; voicesInPart: Map<number, number> };

/** Voices in groups, each group a person. It keeps the books; which voice goes where is decided in group-voices.ts. */
export class VoiceGroups {
  readonly voices: readonly VoiceEvidence[];
  readonly #groups = new Map<number, Group>();
  readonly #groupOf: Int32Array;
  readonly #shareOfLabel: Float64Array;
  /** Of the voices in any group. */
  readonly #clipsOfLabel: Float64Array;
  readonly #trust: number;
  #nextId = 0;

  /** `trust`: how much of what the roll call says depends on who speaks, 0 to 1. */
  constructor(voices: readonly VoiceEvidence[], trust: number) {
    this.voices = voices;
    this.#trust = trust;
    this.#groupOf = new Int32Array(voices.length).fill(-1);
    const votes = voices.flatMap((voice) => voice.votes);
    this.#shareOfLabel = new Float64Array(votes.reduce((most, vote) => Math.max(most, vote.label + 1), 0));
    this.#clipsOfLabel = new Float64Array(this.#shareOfLabel.length);
    const total = votes.reduce((sum, vote) => sum + vote.weight, 0);
    for (const { label, weight } of votes) add(this.#shareOfLabel, label, weight / total);
  }

  ids(): number[] {
    return [...this.#groups.keys()];
  }

  has(id: number): boolean {
    return this.#groups.has(id);
  }

  groupOf(voice: number): number {
    return this.#groupOf[voice] ?? -1;
  }

  membersOf(group: number): number[] {
    return [...(this.#groups.get(group)?.members ?? [])];
  }

  /** A new group of its own, empty until something is put into it. */
  open(): number {
    return this.#nextId++;
  }

  put(voice: number, id: number): void {
    this.take(voice);
    let group = this.#groups.get(id);
    if (!group) {
      const clipsOfLabel = new Float64Array(this.#shareOfLabel.length);
      group = { members: new Set(), clipsOfLabel, voicesInPart: new Map() };
      this.#groups.set(id, group);
    }
    this.#count(group, voice, 1);
    group.members.add(voice);
    this.#groupOf[voice] = id;
  }

  /** Takes the voice out of its group, which is gone when it is empty. */
  take(voice: number): void {
    const id = this.groupOf(voice);
    const group = this.#groups.get(id);
    if (!group) return;
    this.#count(group, voice, -1);
    group.members.delete(voice);
    if (group.members.size === 0) this.#groups.delete(id);
    this.#groupOf[voice] = -1;
  }

  /** `voices` beside those of the group that are neither among them nor `absent`. */
  kinship(voices: readonly number[], id: number, absent: readonly number[] = []): Kinship {
    const group = this.#groups.get(id);
    if (!group) return { ties: 0, identification: 0, sharedParts: 0 };
    const own = new Set(voices);
    const left = new Set([...voices, ...absent].filter((index) => this.groupOf(index) === id));
    let ties = 0;
    let sharedParts = 0;
    const clips = new Float64Array(this.#shareOfLabel.length);
    // Mostly nobody is left out, and there is nothing to copy.
    const others = left.size > 0 ? group.clipsOfLabel.slice() : group.clipsOfLabel;
    const othersInPart = left.size > 0 ? new Map(group.voicesInPart) : group.voicesInPart;
    for (const index of left) {
      const voice = this.voices[index];
      if (!voice) continue;
      for (const { label, weight } of voice.votes) add(others, label, -weight);
      othersInPart.set(voice.part, (othersInPart.get(voice.part) ?? 0) - 1);
    }
    for (const index of own) {
      const voice = this.voices[index];
      if (!voice) continue;
      for (const tie of voice.ties)
        if (this.groupOf(tie.voice) === id && !left.has(tie.voice)) ties += tie.nats;
      for (const { label, weight } of voice.votes) add(clips, label, weight);
      sharedParts += othersInPart.get(voice.part) ?? 0;
    }
    return { ties, identification: this.#rollCallNats(clips, others), sharedParts };
  }

  /** The same of their being somebody who is in no other group: unlikely when others are called so. */
  aloneNats(voices: readonly number[]): number {
    const clips = new Float64Array(this.#shareOfLabel.length);
    const held = this.#clipsOfLabel.slice();
    for (const index of voices) {
      const isMember = this.groupOf(index) >= 0;
      for (const { label, weight } of this.voices[index]?.votes ?? []) {
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
    return Math.max(-MOST_ROLL_CALL_NATS, nats);
  }

  /** How much likelier the person is heard in a part than not, by how many parts he is heard in; `id` may be new. */
  presenceNats(id: number): number {
    const heard = this.#groups.get(id)?.members.size ?? 0;
    const notHeard = Math.max(0, (this.voices.at(-1)?.part ?? 0) - heard);
    return Math.min(
      MOST_PRESENCE_NATS,
      Math.max(-MOST_PRESENCE_NATS, Math.log((heard + 1) / (notHeard + 1))),
    );
  }

  #count(group: Group, index: number, sign: 1 | -1): void {
    const voice = this.voices[index];
    if (!voice) return;
    for (const { label, weight } of voice.votes) {
      add(group.clipsOfLabel, label, sign * weight);
      add(this.#clipsOfLabel, label, sign * weight);
    }
    group.voicesInPart.set(voice.part, (group.voicesInPart.get(voice.part) ?? 0) + sign);
  }

  /** How much likelier the fewer clips are called so if they are of the person of the others than if of anybody. */
  #rollCallNats(a: Float64Array, b: Float64Array): number {
    const [clips, known] = sum(a) <= sum(b) ? [a, b] : [b, a];
    const total = sum(known);
    if (total < 1e-9) return 0;
    let nats = 0;
    for (const [label, weight] of clips.entries()) {
      if (weight > 0) nats += weight * this.#calledNats(label, known[label] ?? 0, total);
    }
    return Math.min(MOST_ROLL_CALL_NATS, Math.max(-MOST_ROLL_CALL_NATS, nats));
  }

  /** How much likelier a clip has this name if it is of whom `known` of `total` clips have it than if of anybody. */
  #calledNats(label: number, known: number, total: number): number {
    const share = this.#shareOfLabel[label] ?? 1;
    const called = (Math.max(0, known) + DOUBTED_CLIPS * share) / (total + DOUBTED_CLIPS);
    return Math.log((this.#trust * called + (1 - this.#trust) * share) / share);
  }
}

function add(to: Float64Array, index: number, value: number): void {
  to[index] = (to[index] ?? 0) + value;
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
