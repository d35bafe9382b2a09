import type { Agreement, Join } from "../join-parts.ts";
import type { SpeakerEvidence } from "./speaker-evidence.ts";

/** A diarizer decides about this much speech at once: it counts as one piece of evidence. */
const SECONDS_EACH = 1.5;
/** How often both parts of an overlap agree on a word's speaker: for one person, and for two different persons. */
const AGREES_IF_SAME = 0.9;
const AGREES_IF_DIFFERENT = 0.1;
/** Bound of an overlap's evidence: about one in 50 misleads, since whole stretches may have the wrong speaker. */
const MOST_NATS = 4;

export function localKey(part: number, local: string): string {
  return `${part} ${local}`;
}

/** Adds the evidence for and against each pair of local speakers of neighbouring parts that were heard in their overlap. */
export function tieSpeakers(speakers: readonly SpeakerEvidence[], joins: readonly Join[]): void {
  const indexOf = new Map<string, number>();
  const speakersInPart = new Map<number, number>();
  for (const [index, speaker] of speakers.entries()) {
    speaker.ties = [];
    for (const local of speaker.locals) indexOf.set(localKey(speaker.part, local), index);
    add(speakersInPart, speaker.part, 1);
  }
  for (const [part, { agreements }] of joins.entries()) {
    // Where each part has one speaker only, none of them can be mistaken for another.
    const isMonologue = speakersInPart.get(part) === 1 && speakersInPart.get(part + 1) === 1;
    const heard = new Map<number, number>();
    const agreed = new Map<string, number>();
    for (const agreement of agreements) {
      const a = indexOf.get(localKey(part, agreement.a)) ?? -1;
      const b = indexOf.get(localKey(part + 1, agreement.b)) ?? -1;
      const pieces = piecesOfEvidence(agreement, isMonologue);
      add(heard, a, pieces);
      add(heard, b, pieces);
      add(agreed, `${a} ${b}`, pieces);
    }
    for (const [a, ofA] of heard) {
      for (const [b, ofB] of heard) {
        if (speakers[a]?.part !== part || speakers[b]?.part !== part + 1) continue;
        const nats = natsOf(agreed.get(`${a} ${b}`) ?? 0, (ofA + ofB) / 2);
        speakers[a]?.ties.push({ speaker: b, nats });
        speakers[b]?.ties.push({ speaker: a, nats });
      }
    }
  }
}

/** A diarizer gives a whole stretch to one speaker, right or wrong, so a long stretch is one piece of evidence too. */
function piecesOfEvidence({ stretches }: Agreement, isMonologue: boolean): number {
  return stretches.reduce((sum, seconds) => {
    const pieces = seconds / SECONDS_EACH;
    return sum + (isMonologue ? pieces : Math.min(1, pieces));
  }, 0);
}

/** `agreed` of `heard` pieces were given to this pair by their two parts. */
function natsOf(agreed: number, heard: number): number {
  const nats =
    agreed * Math.log(AGREES_IF_SAME / AGREES_IF_DIFFERENT) +
    (heard - agreed) * Math.log((1 - AGREES_IF_SAME) / (1 - AGREES_IF_DIFFERENT));
  return Math.min(MOST_NATS, Math.max(-MOST_NATS, nats));
}

function add<K>(to: Map<K, number>, key: K, value: number): void {
  to.set(key, (to.get(key) ?? 0) + value);
}
