/** The STREAMINFO block and the frame headers of FLAC (RFC 9639 §8.2, §9.1). */
import { crc8 } from "./crc.ts";

export const STREAM_INFO_BYTES = 34;
/** Two of sync, two of codes, seven of number, two of block size, two of sample rate, one of CRC. */
export const MAX_HEADER_BYTES = 16;

export type StreamInfo = {
  minBlock: number;
  maxBlock: number;
  /** Bytes of the largest frame; 0 when not known. */
  maxFrame: number;
  /** Hz. */
  sampleRate: number;
  channels: number;
  bits: number;
  /** Samples per channel; 0 when not known. */
  total: number;
};

export type FlacHeader = {
  /** Samples. */
  blockSize: number;
  /** Of the frame, or of its first sample where `isVariable`. */
  number: number;
  isVariable: boolean;
  headerBytes: number;
};

/** @returns null when it cannot be true */
export function readStreamInfo(block: Uint8Array): StreamInfo | null {
  if (block.length < STREAM_INFO_BYTES) return null;
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const packed = view.getUint32(10);
  const info = {
    minBlock: view.getUint16(0),
    maxBlock: view.getUint16(2),
    maxFrame: (view.getUint8(7) << 16) | view.getUint16(8),
    sampleRate: packed >>> 12,
    channels: ((packed >>> 9) & 7) + 1,
    bits: ((packed >>> 4) & 31) + 1,
    total: (packed & 15) * 2 ** 32 + view.getUint32(14),
  };
  return info.sampleRate > 0 && info.maxBlock > 0 && info.bits >= 4 ? info : null;
}

/** STREAMINFO for a stretch of the stream: its number of samples, and neither checksum nor frame sizes. */
export function patchStreamInfo(
  block: Uint8Array,
  samples: number,
  blocks?: { min: number; max: number },
): Uint8Array {
  const patched = block.slice(0, STREAM_INFO_BYTES);
  const view = new DataView(patched.buffer);
  if (blocks) {
    view.setUint16(0, blocks.min);
    view.setUint16(2, blocks.max);
  }
  patched.fill(0, 4, 10); // frame sizes: not known
  view.setUint8(13, (view.getUint8(13) & 0xf0) | Math.floor(samples / 2 ** 32));
  view.setUint32(14, samples % 2 ** 32);
  patched.fill(0, 18); // MD5 of the samples: not known
  return patched;
}

/** The start of a FLAC file that holds STREAMINFO alone. */
export function flacHead(streamInfo: Uint8Array): Uint8Array {
  const isLastBlock = 0x80;
  return Uint8Array.from([0x66, 0x4c, 0x61, 0x43, isLastBlock, 0, 0, STREAM_INFO_BYTES, ...streamInfo]);
}

const SAMPLE_RATES = [
  0, 88_200, 176_400, 192_000, 8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000,
];
const SAMPLE_BITS = [0, 8, 12, -1, 16, 20, 24, 32];
const FORBIDDEN = -1;

/**
 * The frame header at `at`, if there is one: of this stream, with a right CRC-8. MAX_HEADER_BYTES from there must be
 * present, or the rest of the file.
 */
export function readFlacHeader(bytes: Uint8Array, at: number, info: StreamInfo): FlacHeader | null {
  const b1 = bytes[at + 1] ?? 0;
  if (bytes[at] !== 0xff || (b1 & 0xfe) !== 0xf8) return null;
  const b2 = bytes[at + 2] ?? 0;
  const b3 = bytes[at + 3] ?? 0;
  const blockCode = b2 >> 4;
  const rateCode = b2 & 15;
  const bits = SAMPLE_BITS[(b3 >> 1) & 7] ?? FORBIDDEN;
  if (blockCode === 0 || rateCode === 15 || (b3 & 1) === 1 || bits === FORBIDDEN) return null;
  if (bits !== 0 && bits !== info.bits) return null;
  const channelCode = b3 >> 4;
  if (channelCode > 10 || (channelCode < 8 ? channelCode + 1 : 2) !== info.channels) return null;

  const numberBytes = codedBytes(bytes[at + 4] ?? 0);
  if (numberBytes === 0) return null;
  let number = numberBytes === 1 ? (bytes[at + 4] ?? 0) : (bytes[at + 4] ?? 0) & (0x7f >> numberBytes);
  for (let i = 1; i < numberBytes; i++) {
    const byte = bytes[at + 4 + i] ?? 0;
    if ((byte & 0xc0) !== 0x80) return null;
    number = number * 64 + (byte & 0x3f);
  }
  let next = at + 4 + numberBytes;
  const blockSize = blockSizeOf(blockCode, bytes, next);
  next += blockCode === 6 ? 1 : blockCode === 7 ? 2 : 0;
  if (rateOf(rateCode, bytes, next, info) !== info.sampleRate) return null;
  next += rateCode === 12 ? 1 : rateCode > 12 ? 2 : 0;
  if (next >= bytes.length || crc8(bytes, at, next) !== bytes[next]) return null;
  return { blockSize, number, isVariable: (b1 & 1) === 1, headerBytes: next + 1 - at };
}

/** Length of the number coded as UTF-8 would (one to seven bytes); 0 when it cannot start so. */
function codedBytes(first: number): number {
  if (first < 0x80) return 1;
  const ones = Math.clz32(~(first << 24));
  return ones === 1 || ones > 7 ? 0 : ones;
}

function blockSizeOf(code: number, bytes: Uint8Array, at: number): number {
  if (code === 1) return 192;
  if (code <= 5) return 576 << (code - 2);
  if (code === 6) return (bytes[at] ?? 0) + 1;
  if (code === 7) return ((bytes[at] ?? 0) << 8) + (bytes[at + 1] ?? 0) + 1;
  return 256 << (code - 8);
}

function rateOf(code: number, bytes: Uint8Array, at: number, info: StreamInfo): number {
  if (code === 0) return info.sampleRate;
  if (code < 12) return SAMPLE_RATES[code] ?? 0;
  if (code === 12) return (bytes[at] ?? 0) * 1000;
  return ((bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0)) * (code === 14 ? 10 : 1);
}
