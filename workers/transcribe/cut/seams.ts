import type { CutLimits } from "./plan.ts";

/** Room below `maxPartBytes` for headers and for bitrates that vary. */
const FULLNESS = 0.8;

/** Whether a part may start around `seam`: not where less than half a part would be left. */
export function isSeam(seam: number, duration: number, partSeconds: number): boolean {
  return seam <= duration - partSeconds / 2;
}

/** The middles of the overlaps, in seconds, before a quiet place is looked for. */
export function seamsOf(duration: number, partSeconds: number): number[] {
  const seams: number[] = [];
  for (let n = 1; isSeam(n * partSeconds, duration, partSeconds); n++) seams.push(n * partSeconds);
  return seams;
}

/** Where parts start and end around their seams, in seconds. */
export function spansOf(
  seams: number[],
  duration: number,
  overlapSeconds: number,
): { start: number; end: number }[] {
  const half = overlapSeconds / 2;
  return [...seams, duration].map((seam, n) => ({
    start: n === 0 ? 0 : (seams[n - 1] ?? 0) - half,
    end: n === seams.length ? duration : Math.min(duration, seam + half),
  }));
}

/**
 * The limits for a recording of `bytes` in `duration` seconds.
 * @throws RangeError when parts would be hardly longer than what they have in common
 */
export function fitLimits(limits: CutLimits, bytes: number, duration: number): CutLimits {
  const { overlapSeconds, maxPartBytes } = limits;
  const fitting = maxPartBytes ? ((maxPartBytes * FULLNESS) / bytes) * duration - overlapSeconds : Infinity;
  const partSeconds = Math.min(limits.partSeconds, fitting);
  if (!(overlapSeconds >= 0) || !(partSeconds >= 2 * overlapSeconds) || !(partSeconds > 0)) {
    throw new RangeError(`parts of ${partSeconds} s cannot overlap by ${overlapSeconds} s`);
  }
  return { ...limits, partSeconds };
}
