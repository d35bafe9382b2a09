import { type FlacFrame, walkFlac } from "../../media/flac-frames.ts";
import { measureFlac } from "../../media/flac-order.ts";
import { type FlacStream, framesAt, openFlac } from "../../media/flac-stream.ts";
import { type RangeReader, readBytes } from "../../media/range-reader.ts";
import { seekFlac } from "../flac-seek.ts";
import type { FlacPlan } from "../plan.ts";
import type { TimeRange } from "../time-range.ts";
import { type PlayedFlac, writeFlacFrames } from "../write-flac-frames.ts";
import { walkRangeFor } from "./reference.ts";

const MAX_READ_BYTES = 1024 * 1024;

type PlayedFrame = FlacFrame & { length: number; start: number };

export async function writeFlacReference(
  bucket: R2Bucket,
  read: RangeReader,
  plan: FlacPlan,
  wanted: TimeRange[],
  targetKey: string,
): Promise<{ bytes: number; duration: number; places: TimeRange[] }> {
  const stream = await openFlac(read, plan.bytes);
  if (!stream) throw new Error("there is no FLAC stream");
  const find = await createFinder(stream, plan);
  const target = { key: targetKey, contentType: plan.contentType };
  return writeFlacFrames(bucket, target, stream, wanted, async function* (range) {
    yield* readFrames(read, await find(range));
  });
}

/** Finds the frames that play a range. */
async function createFinder(
  stream: FlacStream,
  plan: FlacPlan,
): Promise<(range: TimeRange) => Promise<PlayedFrame[]>> {
  if (plan.marks.length > 0) return (range) => findByWalking(stream, plan, range);
  const { first, samples } = await measureFlac(stream);
  return (range) => findBySeeking(stream, first, samples, range);
}

async function findBySeeking(
  stream: FlacStream,
  first: number,
  samples: number,
  range: TimeRange,
): Promise<PlayedFrame[]> {
  const { sampleRate } = stream.info;
  const low = { offset: stream.frames[0], sample: first };
  const high = { offset: stream.frames[1], sample: first + samples };
  const sampleAt = (seconds: number) => Math.min(high.sample - 1, first + Math.floor(seconds * sampleRate));
  const from = await seekFlac(stream, sampleAt(range.start), low, high);
  const to = from && (await seekFlac(stream, sampleAt(range.end), from, high));
  if (!from || !to) return [];
  const [, next] = await framesAt(stream, to.offset);
  const end = next?.offset ?? stream.frames[1];
  const frames: FlacFrame[] = [];
  await walkFlac(stream, from.offset, end, (frame) => {
    frames.push(frame);
  });
  return toPlayed(frames, end, (from.sample - first) / sampleRate, sampleRate);
}

async function findByWalking(stream: FlacStream, plan: FlacPlan, range: TimeRange): Promise<PlayedFrame[]> {
  const { sampleRate } = stream.info;
  const { offset, seconds, end } = walkRangeFor(plan.marks, range, stream.frames[1]);
  const frames: FlacFrame[] = [];
  await walkFlac(stream, offset, end, (frame) => {
    frames.push(frame);
  });
  return toPlayed(frames, end, seconds, sampleRate).filter(
    (frame) => frame.start < range.end && frame.start + frame.blockSize / sampleRate > range.start,
  );
}

function toPlayed(frames: FlacFrame[], end: number, start: number, sampleRate: number): PlayedFrame[] {
  let samples = 0;
  return frames.map((frame, i) => {
    const at = start + samples / sampleRate;
    samples += frame.blockSize;
    return { ...frame, start: at, length: (frames[i + 1]?.offset ?? end) - frame.offset };
  });
}

/** Frames that lie together, so that one read brings many. */
function* groupFrames(frames: PlayedFrame[]): Generator<PlayedFrame[]> {
  let group: PlayedFrame[] = [];
  let bytes = 0;
  for (const frame of frames) {
    if (group.length > 0 && bytes + frame.length > MAX_READ_BYTES) {
      yield group;
      group = [];
      bytes = 0;
    }
    group.push(frame);
    bytes += frame.length;
  }
  if (group.length > 0) yield group;
}

async function* readFrames(read: RangeReader, frames: PlayedFrame[]): AsyncGenerator<PlayedFlac> {
  for (const group of groupFrames(frames)) {
    const base = group[0]?.offset ?? 0;
    const length = group.reduce((sum, frame) => sum + frame.length, 0);
    const bytes = await readBytes(read, base, length);
    for (const { offset, length: frameBytes, start } of group) {
      yield { start, bytes: bytes.subarray(offset - base, offset - base + frameBytes) };
    }
  }
}
