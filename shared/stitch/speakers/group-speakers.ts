import { assignBest } from "./assign-best.ts";
import type { SpeakerEvidence } from "./speaker-evidence.ts";
import { natsOf, SpeakerGroups } from "./speaker-groups.ts";
import { trustInIdentification } from "./trust-identification.ts";

/**
 * A local speaker with less evidence than this (two to one) joins no group: words attributed to the wrong person are
 * worse than one person under two names, which a reader can correct.
 */
const JOIN_NATS = 0.7;
const NOBODY = -1;
const MOST_SWEEPS = 10;
const IMPOSSIBLE = -1e6;

/**
 * Groups local speakers, each group a person. First part by part: the best assignment of the part's local speakers to
 * the groups so far or to new ones. Then every part again, against all others, and groups are merged where the evidence
 * says so, until nothing changes.
 */
export function groupSpeakers(
  speakers: readonly SpeakerEvidence[],
  maxSpeakers = Number.POSITIVE_INFINITY,
): SpeakerGroups {
  const groups = new SpeakerGroups(speakers, trustInIdentification(speakers));
  const parts = Map.groupBy(speakers.keys(), (index) => speakers[index]?.part ?? 0);
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let hasChanged = false;
    for (const own of parts.values()) hasChanged = assignPart(groups, own) || hasChanged;
    const hasMerged = mergeGroups(groups);
    if (!hasChanged && !hasMerged) break;
  }
  limitGroups(groups, maxSpeakers);
  return groups;
}

/** True if a local speaker has changed its group. */
function assignPart(groups: SpeakerGroups, speakers: readonly number[]): boolean {
  const before = speakers.map((speaker) => groups.groupOf(speaker));
  for (const speaker of speakers) groups.remove(speaker);
  const ids = groups.ids();
  const columns = assignBest(
    speakers.map((speaker, row) => [
      ...ids.map((id) => natsOf(groups.evidenceFor([speaker], id)) - JOIN_NATS + groups.presenceNats(id)),
      ...speakers.map((_, other) =>
        other === row ? groups.newSpeakerNats([speaker]) + groups.presenceNats(NOBODY) : IMPOSSIBLE,
      ),
    ]),
  );
  for (const [row, speaker] of speakers.entries()) {
    const id = ids[columns[row] ?? -1];
    const old = before[row] ?? -1;
    groups.put(speaker, id ?? (old >= 0 && !groups.has(old) ? old : groups.open()));
  }
  return speakers.some((speaker, row) => groups.groupOf(speaker) !== before[row]);
}

/** Merges groups, the most likely pair first, while the evidence supports it. True if any were merged. */
function mergeGroups(groups: SpeakerGroups): boolean {
  const ids = groups.ids();
  const evidenceFor = (a: number, b: number) => {
    const [small, large] = groups.membersOf(a).length < groups.membersOf(b).length ? [a, b] : [b, a];
    const members = groups.membersOf(small);
    return { a, b, nats: natsOf(groups.evidenceFor(members, large)) - groups.newSpeakerNats(members) };
  };
  const isEnough = ({ nats }: { nats: number }) => nats >= JOIN_NATS;
  let pairs = ids.flatMap((a, at) => ids.slice(at + 1).map((b) => evidenceFor(a, b))).filter(isEnough);
  const hasMerged = pairs.length > 0;
  while (pairs.length > 0) {
    const { a, b } = pairs.reduce((best, pair) => (pair.nats > best.nats ? pair : best));
    for (const speaker of groups.membersOf(b)) groups.put(speaker, a);
    const others = groups.ids().filter((id) => id !== a);
    pairs = [
      ...pairs.filter((pair) => ![pair.a, pair.b].some((id) => id === a || id === b)),
      ...others.map((id) => evidenceFor(a, id)).filter(isEnough),
    ];
  }
  return hasMerged;
}

/** The caller's `max_speakers` outweighs any evidence: the groups with the least speech join their most likely group. */
function limitGroups(groups: SpeakerGroups, most: number): void {
  const secondsOf = (id: number) =>
    groups.membersOf(id).reduce((sum, speaker) => sum + (groups.speakers[speaker]?.seconds ?? 0), 0);
  const left = groups.ids().map((id) => ({ id, seconds: secondsOf(id) }));
  left.sort((a, b) => b.seconds - a.seconds);
  while (left.length > most) {
    const { id: least = NOBODY } = left.pop() ?? {};
    const members = groups.membersOf(least);
    const [first] = left;
    if (!first) return;
    let best = { group: first, nats: Number.NEGATIVE_INFINITY };
    for (const group of left) {
      const nats = natsOf(groups.evidenceFor(members, group.id));
      if (nats > best.nats) best = { group, nats };
    }
    for (const speaker of members) groups.put(speaker, best.group.id);
    best.group.seconds = secondsOf(best.group.id);
    left.sort((a, b) => b.seconds - a.seconds);
  }
}
