/** A place that is quiet for this long is a pause between sentences, and not only between words. */
const PAUSE_SECONDS = 0.4;
export const STEP_SECONDS = 0.02;
/** How far from where it should be a seam may lie. */
const REACH_SECONDS = 10;

/** How loud a stretch of a recording is, in steps of STEP_SECONDS, in any unit. */
export type Loudness = {
  /** Seconds: where the first step lies in the recording. */
  start: number;
  levels: Float64Array;
};

export function createLoudness(start: number, end: number): Loudness {
  return { start, levels: new Float64Array(Math.max(1, Math.ceil((end - start) / STEP_SECONDS))) };
}

/** Adds an amount that is spread over a time, as the size of a packet is. */
export function spread({ start, levels }: Loudness, amount: number, from: number, to: number): void {
  const first = Math.max(0, Math.floor((from - start) / STEP_SECONDS));
  const last = Math.min(levels.length - 1, Math.ceil((to - start) / STEP_SECONDS) - 1);
  for (let step = first; step <= last; step++) {
    levels[step] = (levels[step] ?? 0) + (amount * STEP_SECONDS) / (to - from);
  }
}

/** The middle of the quietest pause, of equally quiet ones the nearest to `wanted`; seconds. */
export function quietestPlace({ start, levels }: Loudness, wanted: number): number {
  const width = Math.round(PAUSE_SECONDS / STEP_SECONDS);
  if (levels.length < width) return wanted;
  let sum = levels.subarray(0, width).reduce((total, level) => total + level, 0);
  let best = sum;
  let place = start + PAUSE_SECONDS / 2;
  for (let step = width; step < levels.length; step++) {
    sum += (levels[step] ?? 0) - (levels[step - width] ?? 0);
    const middle = start + (step + 1) * STEP_SECONDS - PAUSE_SECONDS / 2;
    const margin = best * 1e-6;
    if (
      sum < best - margin ||
      (sum <= best + margin && Math.abs(middle - wanted) < Math.abs(place - wanted))
    ) {
      best = Math.min(best, sum);
      place = middle;
    }
  }
  return place;
}

/** How far a seam may be moved without parts losing their size. */
export function reachFor(partSeconds: number, overlapSeconds: number): number {
  return Math.max(0, Math.min(REACH_SECONDS, (partSeconds - overlapSeconds) / 4));
}
