import { assignBest } from "./assign-best.ts";
import { trustInRollCall } from "./trust-roll-call.ts";
import type { VoiceEvidence } from "./voice-evidence.ts";
import { natsOf, VoiceGroups } from "./voice-groups.ts";

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
  const groups = new VoiceGroups(voices, trustInRollCall(voices));
  const parts = Map.groupBy(voices.keys(), (index) => voices[index]?.part ?? 0);
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let hasChanged = false;
    for (const own of parts.values()) hasChanged = assignPart(groups, own) || hasChanged;
    const hasMerged = mergeGroups(groups, JOIN_NATS, 1);
    if (!hasChanged && !hasMerged) break;
  }
  // The caller's word counts for more than any evidence.
  mergeGroups(groups, Number.NEGATIVE_INFINITY, maxSpeakers);
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

/** Makes two groups one, the likeliest first, as long as that has so many nats and there are more than `most` groups. */
function mergeGroups(groups: VoiceGroups, leastNats: number, most: number): boolean {
  const pairs: { a: number; b: number; nats: number }[] = [];
  const addPair = (a: number, b: number) => {
    const [small, large] = groups.membersOf(a).length < groups.membersOf(b).length ? [a, b] : [b, a];
    const nats =
      natsOf(groups.kinship(groups.membersOf(small), large)) - groups.aloneNats(groups.membersOf(small));
    if (nats >= leastNats) pairs.push({ a, b, nats });
  };
  const ids = groups.ids();
  if (ids.length <= most) return false;
  for (const [at, a] of ids.entries()) for (const b of ids.slice(at + 1)) addPair(a, b);
  let hasMerged = false;
  while (pairs.length > 0 && groups.ids().length > most) {
    const { a, b } = pairs.reduce((best, pair) => (pair.nats > best.nats ? pair : best));
    for (const voice of groups.membersOf(b)) groups.put(voice, a);
    hasMerged = true;
    const kept = pairs.filter((pair) => ![pair.a, pair.b].some((id) => id === a || id === b));
    pairs.splice(0, pairs.length, ...kept);
    for (const id of groups.ids()) if (id !== a) addPair(a, id);
  }
  return hasMerged;
}
