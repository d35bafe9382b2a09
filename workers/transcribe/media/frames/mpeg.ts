/**
 * Frames of MPEG audio: versions 1, 2 and 2.5, layers I to III (ISO 11172-3 §2.4.1.3, ISO 13818-3 §2.4.2.3). A header
 * is looked at in its four bytes, where it lies.
 */
import type { FrameCodec } from "./frame-codec.ts";

export const MPEG_HEADER_BYTES = 4;
/** MPEG 2.5, layer II, 160 kbit/s at 8 kHz, padded. */
const MAX_FRAME_BYTES = 2881;
/** 640 kbit/s at 8 kHz and some: as much as LAME makes. */
const MAX_FREE_BYTES = 12_000;
/** Each try looks through MAX_FREE_BYTES; random bytes must not cause millions. */
const MAX_FREE_TRIES = 200;

const VERSION_1 = 3;
const LAYER_I = 3;
const LAYER_III = 1;
const MONO = 3;

/** kbit/s by bitrate index. */
const RATES_1 = {
  3: [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  2: [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  1: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
} as const;
const RATES_2_I = [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256];
const RATES_2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

/** Hz by the two bits of the header; version 2 has half, 2.5 a quarter. */
const SAMPLE_RATES = [44_100, 48_000, 32_000];

export type MpegHeader = {
  /** 3: MPEG 1, 2: MPEG 2, 0: MPEG 2.5. */
  version: number;
  /** 1: layer III, 2: layer II, 3: layer I. */
  layer: number;
  /** Hz. */
  sampleRate: number;
  channels: number;
  /** Samples a frame, per channel. */
  samples: number;
  isLayer3: boolean;
  /** Of a bitrate that the header does not tell. */
  isFree: boolean;
  isProtected: boolean;
  /** Of layer III, which follows header and CRC. */
  sideInfoBytes: number;
};

/** @param at of a header that `FrameCodec.measure` took for one */
export function readMpegHeader(bytes: Uint8Array, at: number): MpegHeader {
  const b1 = bytes[at + 1] ?? 0;
  const version = (b1 >> 3) & 3;
  const layer = (b1 >> 1) & 3;
  const isMono = (bytes[at + 3] ?? 0) >> 6 === MONO;
  const full = SAMPLE_RATES[((bytes[at + 2] ?? 0) >> 2) & 3] ?? 0;
  const isVersion1 = version === VERSION_1;
  return {
    version,
    layer,
    sampleRate: isVersion1 ? full : version === 2 ? full / 2 : full / 4,
    channels: isMono ? 1 : 2,
    samples: samplesOf(version, layer),
    isLayer3: layer === LAYER_III,
    isFree: (bytes[at + 2] ?? 0) < 0x10,
    isProtected: (b1 & 1) === 0,
    sideInfoBytes: isVersion1 ? (isMono ? 17 : 32) : isMono ? 9 : 17,
  };
}

function samplesOf(version: number, layer: number): number {
  if (layer === LAYER_I) return 384;
  return layer === LAYER_III && version !== VERSION_1 ? 576 : 1152;
}

/** Frame length by version and layer (four bits), bitrate, sample rate and padding (seven bits); 0 is no header. */
const FRAME_BYTES = Uint16Array.from({ length: 16 << 7 }, (_, index) => {
  const version = (index >> 9) & 3;
  const layer = (index >> 7) & 3;
  const bitrate = bitrateOf(version, layer, (index >> 3) & 15);
  const full = SAMPLE_RATES[(index >> 1) & 3];
  if (version === 1 || layer === 0 || full === undefined || bitrate === 0) return 0;
  const sampleRate = version === VERSION_1 ? full : version === 2 ? full / 2 : full / 4;
  const slotBytes = layer === LAYER_I ? 4 : 1;
  const slots = Math.floor(((samplesOf(version, layer) / 8) * bitrate * 1000) / sampleRate / slotBytes);
  return (slots + (index & 1)) * slotBytes;
});

/** bit/s divided by 1000; 0 is free format or forbidden. */
function bitrateOf(version: number, layer: number, index: number): number {
  if (version === VERSION_1) return RATES_1[layer as 1 | 2 | 3]?.[index] ?? 0;
  return (layer === LAYER_I ? RATES_2_I : RATES_2)[index] ?? 0;
}

export function createMpegCodec(): FrameCodec {
  /** Lengths without padding that free-format streams were found to have, by what their frames have in common. */
  const freeBytes = new Map<number, number>();
  let tries = 0;

  function measure(bytes: Uint8Array, at: number): number {
    const b1 = bytes[at + 1] ?? 0;
    if (bytes[at] !== 0xff || b1 < 0xe0 || ((bytes[at + 3] ?? 0) & 3) === 2) return 0;
    const b2 = bytes[at + 2] ?? 0;
    if (b2 >= 0x10) return FRAME_BYTES[(((b1 >> 1) & 15) << 7) | (b2 >> 1)] ?? 0;
    if (((b1 >> 3) & 3) === 1 || ((b1 >> 1) & 3) === 0 || (b2 & 0x0c) === 0x0c) return 0;
    return measureFree(bytes, at);
  }

  /** A free-format frame is as long as the way to the next header like its own, which must be so twice. */
  function measureFree(bytes: Uint8Array, at: number): number {
    const slotBytes = (((bytes[at + 1] ?? 0) >> 1) & 3) === LAYER_I ? 4 : 1;
    const padding = (((bytes[at + 2] ?? 0) >> 1) & 1) * slotBytes;
    const known = freeBytes.get(sameStreamKey(bytes, at));
    if (known !== undefined) return known + padding;
    if (tries >= MAX_FREE_TRIES) return 0;
    tries++;
    const last = Math.min(at + MAX_FREE_BYTES, bytes.length - MPEG_HEADER_BYTES);
    for (let next = at + 24; next <= last; next++) {
      if (!isFreeKin(bytes, at, next)) continue;
      const base = next - at - padding;
      const third = next + base + (((bytes[next + 2] ?? 0) >> 1) & 1) * slotBytes;
      if (third + MPEG_HEADER_BYTES > bytes.length || !isFreeKin(bytes, at, third)) continue;
      freeBytes.set(sameStreamKey(bytes, at), base);
      return base + padding;
    }
    return 0;
  }

  return { headerBytes: MPEG_HEADER_BYTES, maxFrameBytes: MAX_FRAME_BYTES, measure, sameStreamKey };
}

function isFreeKin(bytes: Uint8Array, at: number, other: number): boolean {
  return (
    bytes[other] === 0xff &&
    (bytes[other + 2] ?? 0) < 0x10 &&
    sameStreamKey(bytes, at) === sameStreamKey(bytes, other)
  );
}

/** Version, layer, sample rate, and whether it is mono. */
function sameStreamKey(bytes: Uint8Array, at: number): number {
  const isMono = (bytes[at + 3] ?? 0) >> 6 === MONO ? 1 : 0;
  return (((bytes[at + 1] ?? 0) & 0xfe) << 8) | (((bytes[at + 2] ?? 0) & 0x0c) << 1) | isMono;
}
