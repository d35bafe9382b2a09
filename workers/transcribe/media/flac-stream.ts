import { readStreamInfo, STREAM_INFO_BYTES, type StreamInfo } from "../../../shared/flac/frame-header.ts";
import { type FlacFrame, findFlacFrames } from "./flac-frames.ts";
import { ID3V1_BYTES, tagBytes } from "./frames/tags.ts";
import { skipTags } from "./mpeg-stream.ts";
import type { ByteRange } from "./range-reader.ts";
import { type RangeReader, readBytes } from "./range-reader.ts";

export type FlacStream = {
  read: RangeReader;
  info: StreamInfo;
  /** The body of the STREAMINFO block. */
  streamInfo: Uint8Array;
  /** Where all frames lie. */
  frames: ByteRange;
  /** As many bytes as surely hold two frame headers. */
  windowBytes: number;
};

const MARKER = "fLaC";
const BLOCK_HEADER_BYTES = 4;
const MAX_BLOCKS = 200;
const MIN_WINDOW_BYTES = 64 * 1024;
const MAX_WINDOW_BYTES = 8 * 1024 * 1024;

/** Reads the metadata blocks (RFC 9639 §8). Null when it is no FLAC, or has no STREAMINFO. */
export async function openFlac(read: RangeReader, bytes: number): Promise<FlacStream | null> {
  const front = await skipTags(read, bytes);
  const head = await readBytes(
    read,
    front,
    Math.min(BLOCK_HEADER_BYTES * 2 + STREAM_INFO_BYTES, bytes - front),
  );
  if (String.fromCharCode(...head.subarray(0, 4)) !== MARKER || ((head[4] ?? 0) & 0x7f) !== 0) return null;
  const streamInfo = head.slice(BLOCK_HEADER_BYTES * 2);
  const info = readStreamInfo(streamInfo);
  if (!info) return null;

  let at = front + MARKER.length;
  for (let blocks = 0; blocks < MAX_BLOCKS; blocks++) {
    const header = await readBytes(read, at, Math.min(BLOCK_HEADER_BYTES, bytes - at));
    if (header.length < BLOCK_HEADER_BYTES) return null;
    const [type = 0, high = 0, middle = 0, low = 0] = header;
    at += BLOCK_HEADER_BYTES + (high << 16) + (middle << 8) + low;
    if (type >= 0x80 || at >= bytes) break;
  }
  if (at >= bytes) return null;
  const frames: ByteRange = [at, await findEnd(read, bytes)];
  return { read, info, streamInfo, frames, windowBytes: windowFor(info) };
}

async function findEnd(read: RangeReader, bytes: number): Promise<number> {
  if (bytes < ID3V1_BYTES) return bytes;
  const tail = await readBytes(read, bytes - ID3V1_BYTES, ID3V1_BYTES);
  return tagBytes(tail, 0) === ID3V1_BYTES ? bytes - ID3V1_BYTES : bytes;
}

function windowFor({ maxFrame, maxBlock, channels, bits }: StreamInfo): number {
  const largest = maxFrame || Math.ceil((maxBlock * channels * (bits + 1)) / 8) + 64;
  return Math.min(MAX_WINDOW_BYTES, Math.max(MIN_WINDOW_BYTES, Math.ceil(largest * 1.5) * 2));
}

/** The frames that start in `windowBytes` from `offset` on; `more` is how many windows to go on through when there are none. */
export async function framesAt(stream: FlacStream, offset: number, more = 0): Promise<FlacFrame[]> {
  const [, end] = stream.frames;
  for (let from = offset, left = more; from < end; from += stream.windowBytes / 2, left--) {
    const bytes = await readBytes(stream.read, from, Math.min(stream.windowBytes, end - from));
    const found = findFlacFrames(bytes, from, stream.info);
    if (found.length > 0 || left <= 0) return found;
  }
  return [];
}
