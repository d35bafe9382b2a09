import { openWindow } from "../media/byte-window.ts";
import { createMpegCodec, readMpegHeader } from "../media/frames/mpeg.ts";
import { emptyFrame, mainDataStart, readMainDataBegin, silentFrame } from "../media/frames/reservoir.ts";
import { DECODER_DELAY, writeXing, XING_BYTES } from "../media/frames/xing.ts";
import { type RangeReader, readBytes } from "../media/range-reader.ts";
import { walkFrames } from "../media/walk-frames.ts";

/** Holds the header and the side information of any frame. */
const FRAME_START_BYTES = 64;

/** What stands before a stretch of layer III frames, so that they decode as they do in the recording. */
type MpegLead = {
  /** A silent frame that fills the bit reservoir. */
  frame: Uint8Array;
  /** Samples of one frame. */
  samples: number;
  /** Hz. */
  sampleRate: number;
};

/**
 * @param before where a frame starts, far enough before `from` to fill the reservoir
 * @param from where the stretch's first frame starts
 */
export async function makeLead(
  read: RangeReader,
  bytes: number,
  before: number,
  from: number,
): Promise<MpegLead> {
  const context = await readBytes(read, before, Math.min(from + FRAME_START_BYTES, bytes) - before);
  const at = from - before;
  const wanted = readMainDataBegin(context, at);
  const kept = new Uint8Array(wanted);
  const pieces = await mainDataOf(context, at);
  let room = wanted;
  for (const piece of pieces.reverse()) {
    const part = piece.subarray(Math.max(0, piece.length - room));
    room -= part.length;
    kept.set(part, room);
    if (room === 0) break;
  }
  const { samples, sampleRate } = readMpegHeader(context, at);
  return { frame: silentFrame(context, at, kept), samples, sampleRate };
}

/** The audio bytes of all frames before `end`. */
async function mainDataOf(context: Uint8Array, end: number): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  const window = openWindow(
    async (offset, length) => context.subarray(offset, offset + length),
    context.length,
  );
  await walkFrames(window, 0, createMpegCodec(), (view, at, length, offset) => {
    if (offset >= end) return false;
    pieces.push(view.slice(mainDataStart(view, at), at + length));
    return undefined;
  });
  return pieces;
}

/**
 * An Info frame like the frame that starts at `at`.
 * @param frames that follow it
 * @param audioBytes that follow it
 * @param skipped samples that a player leaves out at the start; null: it is not told of any
 * @param padding as the encoder wrote it
 */
export function makeInfoFrame(
  bytes: Uint8Array,
  at: number,
  {
    frames,
    audioBytes,
    skipped,
    padding,
  }: { frames: number; audioBytes: number; skipped: number | null; padding: number },
): Uint8Array {
  const frame = emptyFrame(bytes, at, XING_BYTES);
  writeXing(frame, readMpegHeader(bytes, at), {
    frames,
    bytes: frame.length + audioBytes,
    gapless: skipped === null ? null : { delay: skipped - DECODER_DELAY, padding },
  });
  return frame;
}
