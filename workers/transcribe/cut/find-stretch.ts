import type { TimeRange } from "./time-range.ts";

const RING = 64;
const CONTEXT = 48;

/** Frames that play a range of time, and those before it that they build on. */
export type Stretch = {
  /** What the frames play, the primed ones left out. */
  heard: TimeRange;
  /** Bytes of the first frame to the end of the last. */
  from: number;
  to: number;
  /** Where an earlier frame starts from which on the bit reservoir is full at `from`. */
  before: number;
  /** Frames at the start that only bring the decoder into its state. */
  primed: number;
  frames: number;
};

/** Finds a stretch while frames go by in order. `add` returns false when it has all. */
export function createStretchFinder(wanted: TimeRange) {
  const ring = new Float64Array(RING);
  let count = 0;
  let lastStart = 0;
  let head: Omit<Stretch, "to" | "frames" | "heard"> | null = null;
  let headIndex = 0;
  let heardFrom = 0;
  let stretch: Stretch | null = null;

  function begin(index: number, start: number, primed: number): void {
    headIndex = Math.max(0, index - primed);
    heardFrom = start;
    head = {
      from: ring[headIndex % RING] ?? 0,
      before: ring[Math.max(0, headIndex - CONTEXT) % RING] ?? 0,
      primed: index - headIndex,
    };
  }

  return {
    add(offset: number, length: number, start: number, end: number, primed: number): false | undefined {
      if (!head && start > wanted.start && count > 0) begin(count - 1, lastStart, primed);
      ring[count % RING] = offset;
      count++;
      lastStart = start;
      if (!head && start >= wanted.start) begin(count - 1, start, primed);
      if (head) {
        const heard = { start: heardFrom, end };
        stretch = { ...head, heard, to: offset + length, frames: count - headIndex };
      }
      return head && end >= wanted.end ? false : undefined;
    },
    /** Null when the recording ends before. */
    found: (): Stretch | null => stretch,
  };
}
