/** Which voices, heard in different stretches of a recording, are one speaker's. Pure. */

/** How a voice sounded in one stretch. */
export type Voice = { stretch: number; seconds: number; embedding: ArrayLike<number> };

/** Voices less alike than this (cosine) are two speakers. Not tuned on real meetings yet. */
const ALIKE = 0.5;

/**
 * A speaker for each voice, numbered in the order of their first. Voices of one stretch stay apart, as its diarizer
 * heard them, unless there are more than may be; and nobody is joined once there are as few as there must be.
 */
export function linkVoices(voices: readonly Voice[], { min, max }: { min: number; max: number }): number[] {
  let groups = voices.map((voice) => [voice]);
  while (groups.length > min) {
    const pairs = pairsOf(groups);
    const best = strongest(pairs.filter(({ together }) => !together));
    const pair =
      best && best.likeness >= ALIKE ? best : groups.length > max ? (best ?? strongest(pairs)) : undefined;
    if (!pair) break;
    const { one, other } = pair;
    groups = [...groups.filter((group) => group !== one && group !== other), [...one, ...other]];
  }
  const order = voices.map((voice) => groups.findIndex((group) => group.includes(voice)));
  const numbers = [...new Set(order)];
  return order.map((group) => numbers.indexOf(group));
}

type Pair = { one: Voice[]; other: Voice[]; likeness: number; together: boolean };

function pairsOf(groups: Voice[][]): Pair[] {
  return groups.flatMap((one, index) =>
    groups.slice(index + 1).map((other) => ({
      one,
      other,
      likeness: cosine(meanOf(one), meanOf(other)),
      together: one.some(({ stretch }) => other.some((voice) => voice.stretch === stretch)),
    })),
  );
}

function strongest(pairs: Pair[]): Pair | undefined {
  return pairs.reduce<Pair | undefined>(
    (best, pair) => (best && best.likeness >= pair.likeness ? best : pair),
    undefined,
  );
}

/** The direction of all, each by how long it was heard. */
function meanOf(voices: Voice[]): number[] {
  const mean: number[] = [];
  for (const { embedding, seconds } of voices) {
    const length = Math.hypot(...Array.from(embedding)) || 1;
    for (let i = 0; i < embedding.length; i++) {
      mean[i] = (mean[i] ?? 0) + (seconds * (embedding[i] ?? 0)) / length;
    }
  }
  return mean;
}

function cosine(one: number[], other: number[]): number {
  const product = one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0);
  return product / (Math.hypot(...one) * Math.hypot(...other) || 1);
}
