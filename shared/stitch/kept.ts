/**
 * What is kept of a part: its words from index `from` up to before `to`, and the same by time in the part's seconds,
 * without bound at the ends of the recording.
 */
export type Kept = { from: number; to: number; fromSeconds: number; toSeconds: number };

/** What was cut at a seam is marked, for it may go on across the seam. */
export type Trimmed<T> = { items: T[]; cutAtHead: boolean; cutAtTail: boolean };

/** Whether the middle of the stretch is in what is kept. */
export function holds(kept: Kept, stretch: { start: number; end: number }): boolean {
  const middle = (stretch.start + stretch.end) / 2;
  return middle >= kept.fromSeconds && middle < kept.toSeconds;
}
