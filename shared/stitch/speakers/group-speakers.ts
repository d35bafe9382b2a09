import { assignBest } from "./assign-best.ts";
import type { VoiceEvidence } from "./speaker-evidence.ts";
import { natsOf, VoiceGroups } from "./speaker-groups.ts";
import { trustInIdentification } from "./trust-identification.ts";

/**
 * With less evidence than this (two to one) a voice is put to no person: words in the wrong mouth are worse than one
 * person under two names, which a reader can put right.
 */
const JOIN_NATS = 0.7;
const NOBODY = -1;
const MOST_SWEEPS = 10;
const IMPOSSIBLE = -1e6;

/**
 * Puts voices into groups, each a person: part by part the best assignment of the part's voices to the persons known
 * so far or to new ones; then all parts again, each beside all others, and persons made one where the evidence says
 * so, until nothing changes.
 */
export function groupVoices(
  voices: readonly VoiceEvidence[],
  maxSpeakers = Number.POSITIVE_INFINITY,
): VoiceGroups {
  const groups = new VoiceGroups(voices, trustInIdentification(voices));
  const parts = Map.groupBy(voices.keys(), (index) => voices[index]?.part ?? 0);
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let hasChanged = false;
    for (const own of parts.values()) hasChanged = assignPart(groups, own) || hasChanged;
    const hasMerged = mergeGroups(groups);
    if (!hasChanged && !hasMerged) break;
  }
  limitGroups(groups, maxSpeakers);
  return groups;
}

/** True if a voice has changed its group. */
function assignPart(groups: VoiceGroups, voices: readonly number[]): boolean {
  const before = voices.map((voice) => groups.groupOf(voice));
  for (const voice of voices) groups.take(voice);
  const ids = groups.ids();
  const columns = assignBest(
    voices.map((voice, row) => [
      ...ids.map((id) => natsOf(groups.kinship([voice], id)) - JOIN_NATS + groups.presenceNats(id)),
      ...voices.map((_, other) =>
        other === row ? groups.aloneNats([voice]) + groups.presenceNats(NOBODY) : IMPOSSIBLE,
      ),
    ]),
  );
  for (const [row, voice] of voices.entries()) {
    const id = ids[columns[row] ?? -1];
    const old = before[row] ?? -1;
    groups.put(voice, id ?? (old >= 0 && !groups.has(old) ? old : groups.open()));
  }
  return voices.some((voice, row) => groups.groupOf(voice) !== before[row]);
}

/** Makes two groups one, the likeliest first, as long as there is evidence for it. True if it has. */
function mergeGroups(groups: VoiceGroups): boolean {
  const ids = groups.ids();
  const evidenceFor = (a: number, b: number) => {
    const [small, large] = groups.membersOf(a).length < groups.membersOf(b).length ? [a, b] : [b, a];
    const members = groups.membersOf(small);
    return { a, b, nats: natsOf(groups.kinship(members, large)) - groups.aloneNats(members) };
  };
  const isEnough = ({ nats }: { nats: number }) => nats >= JOIN_NATS;
  let pairs = ids.flatMap((a, at) => ids.slice(at + 1).map((b) => evidenceFor(a, b))).filter(isEnough);
  const hasMerged = pairs.length > 0;
  while (pairs.length > 0) {
    const { a, b } = pairs.reduce((best, pair) => (pair.nats > best.nats ? pair : best));
    for (const voice of groups.membersOf(b)) groups.put(voice, a);
    const others = groups.ids().filter((id) => id !== a);
    pairs = [
      ...pairs.filter((pair) => ![pair.a, pair.b].some((id) => id === a || id === b)),
      ...others.map((id) => evidenceFor(a, id)).filter(isEnough),
    ];
  }
  return hasMerged;
}

/** The caller's word counts for more than any evidence: whoever says least goes to whom he is likeliest to be. */
function limitGroups(groups: VoiceGroups, most: number): void {
  const secondsOf = (id: number) =>
    groups.membersOf(id).reduce((sum, voice) => sum + (groups.voices[voice]?.seconds ?? 0), 0);
  const left = groups.ids().map((id) => ({ id, seconds: secondsOf(id) }));
  left.sort((a, b) => b.seconds - a.seconds);
  while (left.length > most) {
    const { id: least = NOBODY } = left.pop() ?? {};
    const members = groups.membersOf(least);
    const [first] = left;
    if (!first) return;
    let best = { group: first, nats: Number.NEGATIVE_INFINITY };
    for (const group of left) {
      const nats = natsOf(groups.kinship(members, group.id));
      if (nats > best.nats) best = { group, nats };
    }
    for (const voice of members) groups.put(voice, best.group.id);
    best.group.seconds = secondsOf(best.group.id);
    left.sort((a, b) => b.seconds - a.seconds);
  }
}
