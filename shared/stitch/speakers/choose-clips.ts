import type { PartDigest } from "../digest-part.ts";
import type { PartRange } from "../heard-part.ts";

/** A reference clip: a stretch of the recording (seconds) in which one local speaker talks alone, as far as its part knows. */
export type Clip = PartRange & { part: number; local: string };

type ClipBudget = {
  maxSecondsPerSpeaker: number;
  maxTotalSeconds: number;
  /** More than one clip of a local speaker shows when one of them is of somebody else. */
  clipsPerSpeaker: number;
};

/** A diarizer needs ten seconds of a speaker to be sure; the reference audio is no longer than a usual part. */
const CLIP_BUDGET: ClipBudget = {
  maxSecondsPerSpeaker: 12,
  maxTotalSeconds: 1200,
  clipsPerSpeaker: 3,
};

/** A diarizer makes nothing of a shorter clip; a second clip has to be longer to be worth its time. */
const SHORTEST_CLIP_SECONDS = 1;
const SHORTEST_SECOND_CLIP_SECONDS = 2;

/**
 * The reference clips, by time. Every local speaker gets the same time at most; what one with little speech leaves goes
 * to the others. If that time is too short for a clip, those who speak least get none.
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
  const limit = fairLimit(
    wants.map((want) => want.seconds),
    maxTotalSeconds,
  );
  return wants
    .flatMap(({ part, local, clear, seconds }) =>
      cutClips(clear, Math.min(limit, seconds)).map((range) => ({ part, local, ...range })),
    )
    .sort((a, b) => a.start - b.start);
}

function isWorth(stretch: PartRange, index: number): boolean {
  return stretch.end - stretch.start >= (index === 0 ? SHORTEST_CLIP_SECONDS : SHORTEST_SECOND_CLIP_SECONDS);
}

function lengthOf(stretches: readonly PartRange[]): number {
  return stretches.reduce((sum, { start, end }) => sum + end - start, 0);
}

/** The limit for each so that all together take no more than the total. */
function fairLimit(wants: readonly number[], total: number): number {
  const rising = [...wants].sort((a, b) => a - b);
  let left = total;
  for (const [index, want] of rising.entries()) {
    const limit = left / (rising.length - index);
    if (want > limit) return limit;
    left -= want;
  }
  return Number.POSITIVE_INFINITY;
}

/** Takes this many seconds from the middles of the stretches, evenly as far as their lengths allow. */
function cutClips(stretches: readonly PartRange[], seconds: number): PartRange[] {
  const count = Math.max(1, Math.min(stretches.length, Math.floor(seconds / SHORTEST_SECOND_CLIP_SECONDS)));
  const wanted = stretches.slice(0, count);
  const limit = fairLimit(
    wanted.map(({ start, end }) => end - start),
    seconds,
  );
  return wanted.map(({ start, end }) => {
    const half = Math.min(limit, end - start) / 2;
    const middle = (start + end) / 2;
    return { start: middle - half, end: middle + half };
  });
}
