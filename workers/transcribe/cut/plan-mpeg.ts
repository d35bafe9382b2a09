import type { MpegHeader } from "../media/frames/mpeg.ts";
import { walkMpeg } from "../media/mpeg-stream.ts";
import type { RangeReader } from "../media/range-reader.ts";
import { createFrameCutter } from "./frame-cutter.ts";
import type { CutLimits, MpegPlan } from "./plan.ts";

/** A decoder's filters look back two granules, which are one frame of MPEG 1 and two of the others. */
const PRIMING_SAMPLES = 2 * 576;

/** Cuts between frames; of layer III behind some that fill the decoder. */
export async function planMpeg(
  read: RangeReader,
  bytes: number,
  limits: CutLimits,
): Promise<Pick<MpegPlan, "duration" | "parts" | "gapless" | "isPlain" | "marks">> {
  const cutter = createFrameCutter(limits);
  const { first, xing, duration } = await walkMpeg(read, bytes, ({ header, offset, length, start, end }) => {
    cutter.add(offset, length, start, end, primingFrames(header));
  });
  if (!first) throw new Error("there is no MPEG audio frame");
  const { parts, marks } = cutter.finish(duration);
  return { duration, parts, marks, isPlain: isPlainOf(first.header), gapless: xing?.gapless ?? null };
}

/** How many frames before one must be decoded for it to sound right. */
export function primingFrames(header: MpegHeader): number {
  return isPlainOf(header) ? 0 : PRIMING_SAMPLES / header.samples;
}

function isPlainOf({ isLayer3, isFree }: MpegHeader): boolean {
  return !isLayer3 || isFree;
}
