/** Frames of AAC as an ADTS stream (ISO 13818-7 §6.2). */
import type { FrameCodec } from "./frame-codec.ts";

const ADTS_HEADER_BYTES = 7;
const MAX_FRAME_BYTES = 8191;
const SAMPLES_PER_BLOCK = 1024;

/** Hz by index. */
const SAMPLE_RATES = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];
/** By channel configuration; 0 says it in the stream, which is read as stereo. */
const CHANNELS = [2, 1, 2, 3, 4, 5, 6, 8];

export type AdtsHeader = {
  /** Hz, of the core: high-efficiency AAC plays twice that. */
  sampleRate: number;
  channels: number;
};

export const ADTS_CODEC: FrameCodec = {
  headerBytes: ADTS_HEADER_BYTES,
  maxFrameBytes: MAX_FRAME_BYTES,

  measure(bytes, at) {
    const b1 = bytes[at + 1] ?? 0;
    if (bytes[at] !== 0xff || (b1 & 0xf6) !== 0xf0) return 0; // sync, and a layer that is always 0
    const b3 = bytes[at + 3] ?? 0;
    const rate = ((bytes[at + 2] ?? 0) >> 2) & 15;
    const length = ((b3 & 3) << 11) | ((bytes[at + 4] ?? 0) << 3) | ((bytes[at + 5] ?? 0) >> 5);
    const least = (b1 & 1) === 1 ? ADTS_HEADER_BYTES : ADTS_HEADER_BYTES + 2;
    return rate < SAMPLE_RATES.length && length > least ? length : 0;
  },

  /** Version, profile, sample rate and channels. */
  sameStreamKey(bytes, at) {
    const b2 = bytes[at + 2] ?? 0;
    return (((bytes[at + 1] ?? 0) & 8) << 16) | ((b2 & 0xfd) << 8) | ((bytes[at + 3] ?? 0) & 0xc0);
  },
};

/** @param at of a header that `measure` took for one */
export function readAdtsHeader(bytes: Uint8Array, at: number): AdtsHeader {
  const b2 = bytes[at + 2] ?? 0;
  const configuration = ((b2 & 1) << 2) | ((bytes[at + 3] ?? 0) >> 6);
  return {
    sampleRate: SAMPLE_RATES[(b2 >> 2) & 15] ?? 0,
    channels: CHANNELS[configuration] ?? 2,
  };
}

/** Samples of the frame at `at`, at the core's rate, per channel. */
export function adtsSamples(bytes: Uint8Array, at: number): number {
  return SAMPLES_PER_BLOCK * (((bytes[at + 6] ?? 0) & 3) + 1);
}
