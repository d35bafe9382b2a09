/** Files of frames as parsers see them: right headers, lengths and checksums around noise. Nothing to listen to. */
import { createRandom, type Random } from "../../../dev/marker-speech/random.ts";
import { crc8, crc16 } from "../../../shared/flac/crc.ts";
import { STREAM_INFO_BYTES } from "../../../shared/flac/frame-header.ts";
import { codeNumber } from "../../../workers/transcribe/media/frames/flac-renumber.ts";
import { type Bytes, join } from "./bytes.ts";

export function noise(length: number, seed = 1): Bytes {
  const random: Random = createRandom(seed);
  return Uint8Array.from({ length }, () => Math.floor(random() * 256));
}

/** MPEG 1 layer III, 44.1 kHz, stereo, 128 kbit/s, 417 bytes and 26.12 ms a frame, unless told otherwise. */
export function mpegFrames(
  count: number,
  { header = [0xff, 0xfb, 0x90, 0x04], length = 417, seed = 1 } = {},
): Bytes {
  // A byte of 0xff in the noise could look like a header.
  const frames = noise(count * length, seed).map((byte) => Math.min(byte, 0xfe));
  for (let i = 0; i < count; i++) frames.set(header, i * length);
  return frames;
}

/** AAC-LC, 44.1 kHz, stereo, 23.22 ms a frame. */
export function adtsFrames(count: number, { length = 300, seed = 1 } = {}): Bytes {
  const size = [0x80 | (length >> 11), (length >> 3) & 0xff, ((length & 7) << 5) | 0x1f];
  return mpegFrames(count, { header: [0xff, 0xf1, 0x50, ...size, 0xfc], length, seed });
}

/** An ID3v2 tag around these bytes. */
export function id3(body: Uint8Array, version: 3 | 4 = 3): Bytes {
  return join(new TextEncoder().encode("ID3"), Uint8Array.of(version, 0, 0), syncSafe(body.length), body);
}

/** A number of 28 bits, 7 to a byte. */
export function syncSafe(value: number): Bytes {
  return Uint8Array.of(value >> 21, (value >> 14) & 127, (value >> 7) & 127, value & 127);
}

type FlacOptions = {
  /** Samples of each frame. */
  blocks: number[];
  isVariable?: boolean;
  /** Of the first frame, or of its first sample where `isVariable`. */
  firstNumber?: number;
  /** In STREAMINFO; 0: not known. */
  total?: number;
  seed?: number;
};

/** FLAC, 44.1 kHz, stereo, 16 bits; a frame is about 500 bytes of noise. */
export function flacFile({
  blocks,
  isVariable = false,
  firstNumber = 0,
  total,
  seed = 1,
}: FlacOptions): Bytes {
  const samples = blocks.reduce((sum, block) => sum + block, 0);
  const frames: Uint8Array[] = [];
  let number = firstNumber;
  for (const [i, block] of blocks.entries()) {
    frames.push(flacFrame(number, block, isVariable, noise(480 + (i % 40), seed + i)));
    number += isVariable ? block : 1;
  }
  const whole = blocks.length > 1 ? blocks.slice(0, -1) : blocks;
  return join(flacStart(Math.min(...whole), Math.max(...blocks), total ?? samples), ...frames);
}

function flacStart(minBlock: number, maxBlock: number, total: number): Bytes {
  const info = new Uint8Array(STREAM_INFO_BYTES);
  const view = new DataView(info.buffer);
  view.setUint16(0, minBlock);
  view.setUint16(2, maxBlock);
  view.setUint32(10, ((44_100 << 12) | (1 << 9) | (15 << 4)) >>> 0);
  view.setUint32(14, total);
  return join(new TextEncoder().encode("fLaC"), Uint8Array.of(0x80, 0, 0, STREAM_INFO_BYTES), info);
}

function flacFrame(number: number, block: number, isVariable: boolean, body: Uint8Array): Bytes {
  const start = [0xff, isVariable ? 0xf9 : 0xf8, 0x79, 0x18]; // block size in 16 bits, 44.1 kHz, stereo, 16 bits
  const size = Uint8Array.of((block - 1) >> 8, (block - 1) & 0xff);
  const header = join(Uint8Array.from(start), codeNumber(number), size);
  const frame = join(header, Uint8Array.of(crc8(header, 0, header.length)), body);
  const crc = crc16(frame, 0, frame.length);
  return join(frame, Uint8Array.of(crc >> 8, crc & 0xff));
}
