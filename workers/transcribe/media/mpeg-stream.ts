import { openWindow } from "./byte-window.ts";
import { createFrameClock } from "./frame-clock.ts";
import { createMpegCodec, MPEG_HEADER_BYTES, type MpegHeader, readMpegHeader } from "./frames/mpeg.ts";
import { ID3V1_BYTES, tagBytes } from "./frames/tags.ts";
import { DECODER_DELAY, readXing, type Xing } from "./frames/xing.ts";
import { type RangeReader, readBytes } from "./range-reader.ts";
import { walkFrames } from "./walk-frames.ts";

const TAG_HEADER_BYTES = 32;
/** Longer than any frame. */
const MAX_INFO_BYTES = 4096;
/** A file of nothing but empty tags is none that anybody plays. */
const MAX_TAGS = 100;

type MpegFrame = {
  header: MpegHeader;
  offset: number;
  length: number;
  /** Seconds, as a decoder plays them; below 0 where an encoder's delay lies. */
  start: number;
  end: number;
};

/** Where a walk starts and what is played there in seconds, and where it ends at the latest. */
export type WalkRange = { offset: number; seconds: number; end: number };

type MpegWalk = {
  /** Of the first frame with audio; null when there is no frame. */
  first: { header: MpegHeader; offset: number } | null;
  xing: Xing | null;
  /** Seconds, as a decoder plays them. */
  duration: number;
};

/** Where the audio starts behind all tags at the front. */
export async function skipTags(read: RangeReader, bytes: number): Promise<number> {
  let offset = 0;
  for (let tags = 0; tags < MAX_TAGS && offset < bytes; tags++) {
    const head = await readBytes(read, offset, Math.min(TAG_HEADER_BYTES, bytes - offset));
    const length = tagBytes(head, 0);
    if (length === 0 || offset + length > bytes) break;
    offset += length;
  }
  return offset;
}

/**
 * Visits all frames with audio. The object passed to it is reused. What an Info frame says of the encoder's delay
 * counts only right behind the tags at the front, as in ffmpeg.
 */
export async function walkMpeg(
  read: RangeReader,
  bytes: number,
  visit: (frame: MpegFrame) => void,
): Promise<MpegWalk> {
  const front = await skipTags(read, bytes);
  const { xing, header, length } = await readInfoFrame(read, front, bytes);
  const { skipped, discarded } = silenceOf(xing, header);
  const walk: MpegWalk = { first: null, xing, duration: 0 };
  let frames = 0;
  await walkMpegFrom(read, { offset: front + length, seconds: -skipped, end: bytes }, (frame) => {
    walk.first ??= { header: frame.header, offset: frame.offset };
    walk.duration = frame.end;
    frames++;
    visit(frame);
    return undefined;
  });
  // In joined files the padding lies in the middle, and decoders take it for audio.
  if (xing?.gapless && xing.frames !== frames)
    walk.xing = { ...xing, gapless: { ...xing.gapless, padding: 0 } };
  else walk.duration -= discarded;
  return { ...walk, duration: Math.max(0, walk.duration) };
}

/**
 * Visits frames from a place where one starts until the visitor returns false. An Info frame behind a tag or junk is
 * left out; one right behind a frame plays as silence, which is what ffmpeg makes of joined files.
 */
export async function walkMpegFrom(
  read: RangeReader,
  { offset: from, seconds, end }: WalkRange,
  visit: (frame: MpegFrame) => false | undefined,
): Promise<void> {
  const codec = createMpegCodec();
  const clock = createFrameClock(seconds);
  const window = openWindow(read, end);
  let sameStreamKey = -1;
  let frame: MpegFrame | null = null;
  let expected = from;
  try {
    await walkFrames(window, from, codec, (view, at, length, offset) => {
      const isApart = offset !== expected;
      expected = offset + length;
      if (isApart && readXing(view, at, length)) return undefined;
      const own = codec.sameStreamKey(view, at);
      if (!frame || own !== sameStreamKey) {
        sameStreamKey = own;
        frame = { header: readMpegHeader(view, at), offset, length, start: 0, end: 0 };
      }
      frame.offset = offset;
      frame.length = length;
      frame.start = clock.tick(frame.header.samples, frame.header.sampleRate);
      frame.end = clock.now();
      return visit(frame);
    });
  } finally {
    await window.close();
  }
}

/** The Info frame at `front`, and its length; 0 when the audio starts there. */
async function readInfoFrame(
  read: RangeReader,
  front: number,
  bytes: number,
): Promise<{ xing: Xing | null; header: MpegHeader | null; length: number }> {
  const head = await readBytes(read, front, Math.min(MAX_INFO_BYTES, bytes - front));
  const length = head.length > MPEG_HEADER_BYTES ? createMpegCodec().measure(head, 0) : 0;
  const xing = length > 0 && length <= head.length ? readXing(head, 0, length) : null;
  return xing ? { xing, header: readMpegHeader(head, 0), length } : { xing: null, header: null, length: 0 };
}

/** Seconds that decoders leave out at the start, and at the end of the last frame that an Info frame counts. */
function silenceOf(xing: Xing | null, header: MpegHeader | null): { skipped: number; discarded: number } {
  if (!xing?.gapless || !header) return { skipped: 0, discarded: 0 };
  const { delay, padding } = xing.gapless;
  return {
    skipped: (delay + DECODER_DELAY) / header.sampleRate,
    discarded: Math.max(0, padding - DECODER_DELAY) / header.sampleRate,
  };
}

/**
 * How long an MP3 plays by its Info frame: null when there is none, or when its byte count does not fit the file, as
 * where files were joined or cut.
 */
export async function readMpegPromise(read: RangeReader, bytes: number): Promise<number | null> {
  const front = await skipTags(read, bytes);
  const { xing, header } = await readInfoFrame(read, front, bytes);
  if (!xing?.frames || !xing.bytes || !header) return null;
  const isWhole = await isTag(read, front + xing.bytes, bytes);
  if (!isWhole) return null;
  const { skipped, discarded } = silenceOf(xing, header);
  return Math.max(0, (xing.frames * header.samples) / header.sampleRate - skipped - discarded);
}

/** Whether nothing but tags lie from `offset` to the end. */
async function isTag(read: RangeReader, offset: number, bytes: number): Promise<boolean> {
  let at = offset;
  for (let tags = 0; tags < MAX_TAGS && at < bytes; tags++) {
    const length = tagBytes(await readBytes(read, at, Math.min(ID3V1_BYTES, bytes - at)), 0);
    if (length === 0) break;
    at += length;
  }
  return at === bytes;
}
