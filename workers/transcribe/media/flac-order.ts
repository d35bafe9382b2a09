import { type FlacFrame, walkFlac } from "./flac-frames.ts";
import { type FlacStream, framesAt } from "./flac-stream.ts";

export type FlacExtent = {
  /** What a decoder plays, in samples. */
  samples: number;
  /** Number of the first sample by the frames' own count: not 0 in a piece of another file. */
  first: number;
  /** Whether the frames count through from the first to the last; not so where files were joined. */
  isOrdered: boolean;
};

/** Joined files show up when a piece is at least this part of the whole, or the last one ends on another number. */
const PROBES = 12;
const WINDOWS_BACK = 6;
const WINDOWS_ON = 4;

/** How long the stream is by its frames: by the last number where they are in order, else by counting them all. */
export async function measureFlac(stream: FlacStream): Promise<FlacExtent> {
  const [from] = stream.frames;
  const [firstFrame] = await framesAt(stream, from, WINDOWS_ON);
  const last = await lastFrame(stream);
  const isLong = firstFrame && last && last.offset - firstFrame.offset > PROBES * stream.windowBytes;
  if (isLong && (await isOrdered(stream, firstFrame, last))) {
    const samples = last.sample + last.blockSize - firstFrame.sample;
    const { total } = stream.info;
    // Ends on another number than promised: joined, or cut off, which leaves it in order.
    if (total === 0 || samples <= total) return { samples, first: firstFrame.sample, isOrdered: true };
  }
  return countFlac(stream);
}

async function countFlac(stream: FlacStream): Promise<FlacExtent> {
  let samples = 0;
  let first: number | null = null;
  let expected = 0;
  let isOrdered = true;
  await walkFlac(stream, ...stream.frames, ({ sample, blockSize }) => {
    first ??= sample;
    isOrdered &&= samples === 0 || sample === expected;
    expected = sample + blockSize;
    samples += blockSize;
  });
  return { samples, first: first ?? 0, isOrdered: isOrdered && samples > 0 };
}

async function lastFrame(stream: FlacStream): Promise<FlacFrame | undefined> {
  const [from, to] = stream.frames;
  for (let back = 1; back <= WINDOWS_BACK; back++) {
    const offset = Math.max(from, to - back * stream.windowBytes);
    const frames = await framesAt(stream, offset);
    if (frames.length > 0 || offset === from) return frames.at(-1);
  }
  return undefined;
}

async function isOrdered(stream: FlacStream, first: FlacFrame, last: FlacFrame): Promise<boolean> {
  let before = first;
  const span = last.offset - first.offset;
  for (let probe = 1; probe < PROBES; probe++) {
    const [frame] = await framesAt(stream, first.offset + Math.floor((span * probe) / PROBES), WINDOWS_ON);
    if (!frame || frame.offset <= before.offset) continue;
    if (frame.sample <= before.sample) return false;
    before = frame;
  }
  return last.sample >= before.sample;
}
