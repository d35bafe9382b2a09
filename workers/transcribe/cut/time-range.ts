/** A time range, in seconds. */
export type TimeRange = { start: number; end: number };

/** The part of a stretch that was asked for, when the stretch's first heard sample lies at `at` in the reference audio. */
export function placeOf(wanted: TimeRange, heard: TimeRange, at: number): TimeRange {
  return {
    start: at + Math.max(0, wanted.start - heard.start),
    end: at + Math.min(wanted.end, heard.end) - heard.start,
  };
}
