import type { PartDigest } from "../digest-part.ts";
import type { PartRange } from "../heard-part.ts";

/** A stretch of the recording (seconds) in which, as far as its part knows, one voice talks alone. */
export type Clip = PartRange & { part: number; local: string };

export type ClipBudget = {
  maxSecondsPerSpeaker: number;
  maxTotalSeconds: number;
  /** Two clips of a voice tell when one of them is not what the part took it for. */
  clipsPerSpeaker: number;
};

/** Ten seconds a voice is what a diarizer needs to be sure; the whole reel is no longer than a usual part. */
export const CLIP_BUDGET: ClipBudget = {
  maxSecondsPerSpeaker: 12,
  maxTotalSeconds: 1200,
  clipsPerSpeaker: 3,
};

/** Of less a diarizer makes nothing; a second clip that short takes more than it gives. */
const SHORTEST_CLIP_SECONDS = 1;
const SHORTEST_SECOND_CLIP_SECONDS = 2;

/**
 * The clips of the roll call, by time. Each voice has the same share of the budget; what one that says little leaves
 * of it goes to the others. Should the shares be too short for anybody, those who say least have none.
 */
export function chooseClips(digests: readonly PartDigest[], budget: Partial<ClipBudget> = {}): Clip[] {
  const { maxSecondsPerSpeaker, maxTotalSeconds, clipsPerSpeaker } = { ...CLIP_BUDGET, ...budget };
  const wants = digests.flatMap((digest, part) =>
    digest.localSpeakers
      .map(({ local, seconds, clear }) => {
        const longest = clear.slice(0, clipsPerSpeaker).filter((stretch, index) => isWorth(stretch, index));
        return {
          part,
          local,
          said: seconds,
          clear: longest,
          seconds: Math.min(maxSecondsPerSpeaker, lengthOf(longest)),
        };
      })
      .filter((want) => want.clear.length > 0),
  );
  wants.sort((a, b) => b.said - a.said);
  wants.length = Math.min(wants.length, Math.floor(maxTotalSeconds / SHORTEST_CLIP_SECONDS));
  const fraction = fairLimit(
    wants.map((want) => want.seconds),
    maxTotalSeconds,
  );
  return wants
    .flatMap(({ part, local, clear, seconds }) =>
      cutClips(clear, Math.min(fraction, seconds)).map((range) => ({ part, local, ...range })),
    )
    .sort((a, b) => a.start - b.start);
}

function isWorth(stretch: PartRange, index: number): boolean {
  return stretch.end - stretch.start >= (index === 0 ? SHORTEST_CLIP_SECONDS : SHORTEST_SECOND_CLIP_SECONDS);
}

function lengthOf(stretches: readonly PartRange[]): number {
  return stretches.reduce((sum, { start, end }) => sum + end - start, 0);
}

/** The most each may take so that all together take no more than the total. */
function fairLimit(wants: readonly number[], total: number): number {
  const rising = [...wants].sort((a, b) => a - b);
  let left = total;
  for (const [index, want] of rising.entries()) {
    const fraction = left / (rising.length - index);
    if (want > fraction) return fraction;
    left -= want;
  }
  return Number.POSITIVE_INFINITY;
}

/** So many seconds out of the middles of the stretches, in equal shares as far as they have enough; no more of them than makes sense. */
function cutClips(stretches: readonly PartRange[], seconds: number): PartRange[] {
  const count = Math.max(1, Math.min(stretches.length, Math.floor(seconds / SHORTEST_SECOND_CLIP_SECONDS)));
  const wanted = stretches.slice(0, count);
  const fraction = fairLimit(
    wanted.map(({ start, end }) => end - start),
    seconds,
  );
  return wanted.map(({ start, end }) => {
    const half = Math.min(fraction, end - start) / 2;
    const middle = (start + end) / 2;
    return { start: middle - half, end: middle + half };
  });
}
