import { type FlacFrame, walkFlac } from "../media/flac-frames.ts";
import { type FlacExtent, measureFlac } from "../media/flac-order.ts";
import { type FlacStream, openFlac } from "../media/flac-stream.ts";
import { toHex } from "../media/hex.ts";
import { type ByteRange, type RangeReader, readBytes } from "../media/range-reader.ts";
import { seekFlac } from "./flac-seek.ts";
import { createFrameCutter } from "./frame-cutter.ts";
import { type CutLimits, type FlacPart, type FlacPlan, type Mark, roundTime } from "./plan.ts";
import { createLoudness, quietestPlace, reachFor, spread } from "./quiet.ts";
import { seamsOf } from "./seams.ts";

/** Around what is looked at for a quiet place, so that the frames of the cut itself are among it. */
const MARGIN_SECONDS = 1;
/** Joins whose metadata is left out of the parts; decoders stumble over it and go on. */
const MAX_BREAKS = 100;
const MAX_HEAD_BYTES = 2 * 1024 * 1024;

/** Cuts between frames, which stand for themselves; where they are small it is quiet. */
export async function planFlac(
  read: RangeReader,
  bytes: number,
  limits: CutLimits,
): Promise<Pick<FlacPlan, "duration" | "parts" | "streamInfo" | "sampleRate" | "frames" | "marks">> {
  const stream = await openFlac(read, bytes);
  if (!stream) throw new Error("there is no FLAC stream");
  const extent = await measureFlac(stream);
  const found = extent.isOrdered ? await planBySeeking(stream, extent, limits) : null;
  return {
    duration: extent.samples / stream.info.sampleRate,
    ...(found ? { parts: found, marks: [] } : await planByWalking(stream, extent, limits)),
    streamInfo: toHex(stream.streamInfo),
    sampleRate: stream.info.sampleRate,
    frames: stream.frames,
  };
}

/** @returns null when the frames' numbers lead nowhere */
async function planBySeeking(
  stream: FlacStream,
  { first, samples }: FlacExtent,
  { partSeconds, overlapSeconds }: CutLimits,
): Promise<FlacPart[] | null> {
  const { sampleRate } = stream.info;
  const duration = samples / sampleRate;
  const reach = reachFor(partSeconds, overlapSeconds);
  const margin = reach + overlapSeconds / 2 + MARGIN_SECONDS;
  const end = { offset: stream.frames[1], sample: first + samples };
  let low = { offset: stream.frames[0], sample: first };
  /** Where the next part starts, and the one before it ends. */
  const heads = [low];
  const tails: { offset: number; sample: number }[] = [];

  for (const wanted of seamsOf(duration, partSeconds)) {
    const sampleAt = (seconds: number) => first + Math.max(0, Math.round(seconds * sampleRate));
    const from = await seekFlac(stream, sampleAt(wanted - margin), low, end);
    const to =
      from && (await seekFlac(stream, Math.min(end.sample - 1, sampleAt(wanted + margin)), from, end));
    if (!from || !to) return null;
    const frames = await listFrames(stream, from, to);
    const seam = quietestSeam(frames, first, sampleRate, wanted, reach);
    const head = frames.findLast((frame) => frame.sample <= sampleAt(seam - overlapSeconds / 2));
    const tail = frames.find((frame) => frame.sample >= sampleAt(seam + overlapSeconds / 2));
    if (!head) return null;
    heads.push(head);
    tails.push(tail ?? end);
    low = from;
  }
  tails.push(end);
  return heads.map((head, n) => {
    const tail = tails[n] ?? end;
    return {
      n,
      start: roundTime((head.sample - first) / sampleRate),
      end: roundTime((tail.sample - first) / sampleRate),
      ranges: [[head.offset, tail.offset]],
      samples: tail.sample - head.sample,
    };
  });
}

async function listFrames(stream: FlacStream, from: FlacFrame, to: FlacFrame): Promise<FlacFrame[]> {
  const frames: FlacFrame[] = [];
  await walkFlac(stream, from.offset, to.offset, (frame) => {
    frames.push(frame);
  });
  return [...frames, to];
}

function quietestSeam(
  frames: FlacFrame[],
  first: number,
  sampleRate: number,
  wanted: number,
  reach: number,
): number {
  const loudness = createLoudness(wanted - reach, wanted + reach);
  frames.forEach((frame, i) => {
    const next = frames[i + 1];
    if (!next) return;
    const start = (frame.sample - first) / sampleRate;
    spread(loudness, next.offset - frame.offset, start, start + frame.blockSize / sampleRate);
  });
  return quietestPlace(loudness, wanted);
}

/** For files that were joined: their frames count from 0 again in the middle, so all are passed in review. */
async function planByWalking(
  stream: FlacStream,
  extent: FlacExtent,
  limits: CutLimits,
): Promise<{ parts: FlacPart[]; marks: Mark[] }> {
  const { sampleRate } = stream.info;
  const cutter = createFrameCutter(limits);
  const breaks: ByteRange[] = [];
  let before: FlacFrame | null = null;
  let played = 0;
  const addBefore = (end: number) => {
    if (!before) return;
    const start = played / sampleRate;
    played += before.blockSize;
    cutter.add(before.offset, end - before.offset, start, played / sampleRate, 0);
  };
  await walkFlac(stream, ...stream.frames, (frame) => {
    addBefore(frame.offset);
    const isBreak = before && frame.sample !== before.sample + before.blockSize;
    if (before && isBreak && breaks.length < MAX_BREAKS) breaks.push([before.offset, frame.offset]);
    before = frame;
  });
  addBefore(stream.frames[1]);
  const { parts, marks } = cutter.finish(extent.samples / sampleRate);
  const heads = await findHeads(stream.read, breaks);
  return {
    marks,
    parts: parts.map(({ n, start, end, ranges }) => {
      const samples = Math.round((end - start) * sampleRate);
      return { n, start, end, ranges: heads.reduce(leaveOut, ranges), samples };
    }),
  };
}

/** Where the next file's metadata lies, in the bytes from one file's last frame to the next one's first. */
async function findHeads(read: RangeReader, breaks: ByteRange[]): Promise<ByteRange[]> {
  const heads: ByteRange[] = [];
  for (const [from, to] of breaks) {
    const bytes = await readBytes(read, from, Math.min(MAX_HEAD_BYTES, to - from));
    const marker = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf("fLaC\0");
    if (marker !== -1) heads.push([from + marker, to]);
  }
  return heads;
}

function leaveOut(ranges: ByteRange[], [from, to]: ByteRange): ByteRange[] {
  return ranges.flatMap(([start, end]): ByteRange[] =>
    start < from && to < end
      ? [
          [start, from],
          [to, end],
        ]
      : [[start, end]],
  );
}
