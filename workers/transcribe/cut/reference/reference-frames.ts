/** Reference audio of WAV, MP3 and ADTS: ranges of the recording, and silent frames where MP3 needs its bit reservoir filled. */
import { walkAdtsFrom } from "../../media/adts-stream.ts";
import { walkMpegFrom } from "../../media/mpeg-stream.ts";
import type { ByteRange } from "../../media/range-reader.ts";
import { type RangeReader, readBytes } from "../../media/range-reader.ts";
import { createStretchFinder, type Stretch } from "../find-stretch.ts";
import { makeInfoFrame, makeLead } from "../mpeg-lead.ts";
import type { AdtsPlan, MpegPlan, WavPlan } from "../plan.ts";
import { primingFrames } from "../plan-mpeg.ts";
import { type Piece, pieceBytes } from "../put-pieces.ts";
import { placeOf, type TimeRange } from "../time-range.ts";
import { wavHead } from "../wav-file.ts";
import { type ReferencePieces, walkRangeFor } from "./reference.ts";

const FRAME_START_BYTES = 64;
/** An AAC frame sounds together with the one before it. */
const ADTS_PRIMED = 1;

export function wavReference(plan: WavPlan, wanted: TimeRange[]): ReferencePieces {
  const { sampleRate, blockBytes, data } = plan;
  const ranges: ByteRange[] = [];
  const places: TimeRange[] = [];
  let bytes = 0;
  for (const { start, end } of wanted) {
    const toByte = (seconds: number) =>
      Math.max(data[0], Math.min(data[1], data[0] + Math.round(seconds * sampleRate) * blockBytes));
    const range: ByteRange = [toByte(start), toByte(end)];
    const at = bytes / blockBytes / sampleRate;
    bytes += range[1] - range[0];
    ranges.push(range);
    places.push({ start: at, end: bytes / blockBytes / sampleRate });
  }
  const padding = new Uint8Array(bytes % 2);
  const pieces = [wavHead(plan, bytes), ...ranges, padding].filter((piece) => pieceBytes(piece) > 0);
  return { pieces, places, duration: bytes / blockBytes / sampleRate };
}

export async function adtsReference(
  read: RangeReader,
  plan: AdtsPlan,
  wanted: TimeRange[],
): Promise<ReferencePieces> {
  const pieces: Piece[] = [];
  const places: TimeRange[] = [];
  let duration = 0;
  for (const range of wanted) {
    const finder = createStretchFinder(range);
    let seconds = 0;
    await walkAdtsFrom(read, walkRangeFor(plan.marks, range, plan.bytes), (frame) => {
      seconds = frame.end - frame.start;
      return finder.add(frame.offset, frame.length, frame.start, frame.end, ADTS_PRIMED);
    });
    const stretch = finder.found();
    places.push(place(range, stretch, duration + (stretch?.primed ?? 0) * seconds));
    if (!stretch) continue;
    pieces.push([stretch.from, stretch.to]);
    duration += stretch.frames * seconds;
  }
  return { pieces, places, duration };
}

export async function mpegReference(
  read: RangeReader,
  plan: MpegPlan,
  wanted: TimeRange[],
): Promise<ReferencePieces> {
  const pieces: Piece[] = [];
  const places: TimeRange[] = [];
  let duration = 0;
  let frames = 0;
  for (const range of wanted) {
    const finder = createStretchFinder(range);
    let seconds = 0;
    await walkMpegFrom(read, walkRangeFor(plan.marks, range, plan.bytes), (frame) => {
      seconds = frame.end - frame.start;
      return finder.add(frame.offset, frame.length, frame.start, frame.end, primingFrames(frame.header));
    });
    const stretch = finder.found();
    if (stretch && !plan.isPlain) {
      pieces.push((await makeLead(read, plan.bytes, stretch.before, stretch.from)).frame);
      duration += seconds;
      frames++;
    }
    places.push(place(range, stretch, duration + (stretch?.primed ?? 0) * seconds));
    if (!stretch) continue;
    pieces.push([stretch.from, stretch.to]);
    duration += stretch.frames * seconds;
    frames += stretch.frames;
  }
  if (!plan.isPlain) pieces.unshift(...(await infoFrameFor(read, plan, pieces, frames)));
  return { pieces, places, duration };
}

async function infoFrameFor(
  read: RangeReader,
  plan: MpegPlan,
  pieces: Piece[],
  frames: number,
): Promise<Piece[]> {
  const first = pieces.find((piece) => !(piece instanceof Uint8Array));
  if (!first || first instanceof Uint8Array) return [];
  const start = await readBytes(read, first[0], Math.min(FRAME_START_BYTES, plan.bytes - first[0]));
  const audioBytes = pieces.reduce((sum, piece) => sum + pieceBytes(piece), 0);
  return [makeInfoFrame(start, 0, { frames, audioBytes, skipped: null, padding: 0 })];
}

/** Of a range that lies behind the recording's end nothing is there. */
function place(wanted: TimeRange, stretch: Stretch | null, at: number): TimeRange {
  return stretch ? placeOf(wanted, stretch.heard, at) : { start: at, end: at };
}
