import { openWindow } from "./byte-window.ts";
import { createFrameClock } from "./frame-clock.ts";
import { ADTS_CODEC, type AdtsHeader, adtsSamples, readAdtsHeader } from "./frames/adts.ts";
import { skipTags, type WalkRange } from "./mpeg-stream.ts";
import type { RangeReader } from "./range-reader.ts";
import { walkFrames } from "./walk-frames.ts";

/** Where a frame lies in bytes, and what it plays in seconds. */
type AdtsFrame = { header: AdtsHeader; offset: number; length: number; start: number; end: number };

type AdtsWalk = {
  /** Of the first frame; null when there is none. */
  first: { header: AdtsHeader; offset: number } | null;
  /** Seconds. */
  duration: number;
};

/** Visits all frames. The object passed to it is reused. */
export async function walkAdts(
  read: RangeReader,
  bytes: number,
  visit: (frame: AdtsFrame) => void,
): Promise<AdtsWalk> {
  const walk: AdtsWalk = { first: null, duration: 0 };
  const start = { offset: await skipTags(read, bytes), seconds: 0, end: bytes };
  await walkAdtsFrom(read, start, (frame) => {
    walk.first ??= { header: frame.header, offset: frame.offset };
    walk.duration = frame.end;
    visit(frame);
    return undefined;
  });
  return walk;
}

/** Visits frames from a place where one starts until the visitor returns false. */
export async function walkAdtsFrom(
  read: RangeReader,
  { offset: from, seconds, end }: WalkRange,
  visit: (frame: AdtsFrame) => false | undefined,
): Promise<void> {
  const clock = createFrameClock(seconds);
  const window = openWindow(read, end);
  let sameStreamKey = -1;
  let frame: AdtsFrame | null = null;
  try {
    await walkFrames(window, from, ADTS_CODEC, (view, at, length, offset) => {
      const own = ADTS_CODEC.sameStreamKey(view, at);
      if (!frame || own !== sameStreamKey) {
        sameStreamKey = own;
        frame = { header: readAdtsHeader(view, at), offset, length, start: 0, end: 0 };
      }
      frame.offset = offset;
      frame.length = length;
      frame.start = clock.tick(adtsSamples(view, at), frame.header.sampleRate);
      frame.end = clock.now();
      return visit(frame);
    });
  } finally {
    await window.close();
  }
}
