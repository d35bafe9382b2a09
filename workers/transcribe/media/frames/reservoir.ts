/**
 * Layer III's bit reservoir (ISO 11172-3 §2.4.2.7): a frame's audio may begin up to 511 bytes before its header, in what
 * the frames before it left over. A cut takes those bytes away; a silent frame in front that holds them in its unused
 * part gives them back.
 */
import { createMpegCodec, MPEG_HEADER_BYTES, type MpegHeader, readMpegHeader } from "./mpeg.ts";

const BITRATE_INDEXES = 15;
const CRC_BYTES = 2;

/** How far before its header a frame's audio begins, in bytes of the frames before it. */
export function readMainDataBegin(bytes: Uint8Array, at: number): number {
  const header = readMpegHeader(bytes, at);
  const sideInfo = at + MPEG_HEADER_BYTES + (header.isProtected ? CRC_BYTES : 0);
  const first = bytes[sideInfo] ?? 0;
  return header.version === 3 ? (first << 1) | ((bytes[sideInfo + 1] ?? 0) >> 7) : first;
}

/** Where a frame's own audio bytes start, behind header, CRC and side information. */
export function mainDataStart(bytes: Uint8Array, at: number): number {
  const header = readMpegHeader(bytes, at);
  return at + MPEG_HEADER_BYTES + (header.isProtected ? CRC_BYTES : 0) + header.sideInfoBytes;
}

/** A silent frame like those at `at`, ending in `kept`: the next frame's audio may begin in there. */
export function silentFrame(bytes: Uint8Array, at: number, kept: Uint8Array): Uint8Array {
  const frame = emptyFrame(bytes, at, kept.length);
  frame.set(kept, frame.length - kept.length);
  return frame;
}

/**
 * The smallest frame of the kind at `at` with `room` bytes behind header and side information. All zero there means:
 * no audio.
 * @throws RangeError when no frame is that large
 */
export function emptyFrame(bytes: Uint8Array, at: number, room: number): Uint8Array {
  const header: MpegHeader = readMpegHeader(bytes, at);
  const codec = createMpegCodec();
  const start = bytes.slice(at, at + MPEG_HEADER_BYTES);
  start[1] = (start[1] ?? 0) | 1; // no CRC
  for (let bitrate = 1; bitrate < BITRATE_INDEXES; bitrate++) {
    start[2] = (bitrate << 4) | ((start[2] ?? 0) & 0x0c);
    const length = codec.measure(start, 0);
    if (length < MPEG_HEADER_BYTES + header.sideInfoBytes + room) continue;
    const frame = new Uint8Array(length);
    frame.set(start);
    return frame;
  }
  throw new RangeError(`no MPEG frame has room for ${room} bytes`);
}
