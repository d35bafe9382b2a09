import type { VoiceGroups } from "./voice-groups.ts";

/**
 * Where an overlap has told two persons the wrong way round, all that follows hangs together and is put to the wrong
 * one, and no single part can be put right alone. So for each two persons and each seam it is tried whether they fit
 * better when they change places from there on. True if any have.
 */
export function crossGroups(groups: VoiceGroups, leastNats: number): boolean {
  const lastPart = groups.voices.at(-1)?.part ?? 0;
  const ids = groups.ids();
  let hasCrossed = false;
  for (const [at, a] of ids.entries()) {
    for (const b of ids.slice(at + 1)) {
      for (let part = 1; part <= lastPart; part++)
        hasCrossed = crossAt(groups, a, b, part, leastNats) || hasCrossed;
    }
  }
  return hasCrossed;
}

function crossAt(groups: VoiceGroups, a: number, b: number, part: number, leastNats: number): boolean {
  const isBehind = (voice: number) => (groups.voices[voice]?.part ?? 0) >= part;
  const membersA = groups.membersOf(a);
  const membersB = groups.membersOf(b);
  const behindA = membersA.filter(isBehind);
  const behindB = membersB.filter(isBehind);
  const counts = [
    behindA.length,
    membersA.length - behindA.length,
    behindB.length,
    membersB.length - behindB.length,
  ];
  // One of them talks on one side only: that is for the single parts to tell.
  if (counts.includes(0)) return false;
  const before = groups.coherence(a) + groups.coherence(b);
  const swap = (toA: readonly number[], toB: readonly number[]) => {
    for (const voice of toA) groups.put(voice, a);
    for (const voice of toB) groups.put(voice, b);
  };
  swap(behindB, behindA);
  if (groups.coherence(a) + groups.coherence(b) >= before + leastNats) return true;
  swap(behindA, behindB);
  return false;
}
