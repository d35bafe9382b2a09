// The WASM decoders behind one face. Each takes pieces of what its codec is made of (packets of a container, or
// for mp3, flac and vorbis any bytes of the file in order) and gives mono samples. Each is imported when it is
// needed: together they would take most of the time a short recording does.

import { mixDown } from "./mix-down.ts";
import { isReadablePcm, type PcmFormat, pcmToMono } from "./pcm.ts";
import type { Trim } from "./read-mp3-trim.ts";
import { UndecodableAudioError } from "./undecodable-audio-error.ts";

export type Decoder = {
  decode(pieces: Uint8Array[]): Decoded;
  flush(): Decoded;
  free(): void;
};

/** `samples` are empty and the rate may be 0 while the decoder has not had enough. */
export type Decoded = { samples: Float32Array; sampleRate: number };

type ChannelData = { channelData: readonly Float32Array[]; sampleRate: number };

const NOTHING: Decoded = { samples: new Float32Array(), sampleRate: 0 };

/** @param trim what of the decoded samples is sound */
export async function createMp3(trim: Trim): Promise<Decoder> {
  const { MPEGDecoder } = await import("mpg123-decoder");
  const mp3 = new MPEGDecoder({ enableGapless: false });
  await mp3.ready;
  let skip = trim.skip;
  let left = trim.total ?? Number.POSITIVE_INFINITY;
  return {
    decode(pieces) {
      const { samples, sampleRate } = toMono(mp3.decode(concatenate(pieces)));
      const kept = samples.subarray(skip, skip + left);
      skip -= Math.min(skip, samples.length);
      left -= kept.length;
      return { samples: kept, sampleRate };
    },
    flush: () => NOTHING,
    free: () => mp3.free(),
  };
}

export async function createFlac(): Promise<Decoder> {
  const { decoder } = await import("@audio/decode-flac");
  return fromByteDecoder(await decoder());
}

export async function createVorbis(): Promise<Decoder> {
  const { decoder } = await import("@audio/decode-vorbis");
  return fromByteDecoder(await decoder());
}

/**
 * @param config AudioSpecificConfig of the packets to come; without it the pieces must be ADTS bytes
 * @param primingSeconds how much of the first packets is not to be heard
 */
export async function createAac(config: Uint8Array | null, primingSeconds: number): Promise<Decoder> {
  const options = config === null ? {} : { asc: config, gapless: { start: primingSeconds } };
  const { decoder } = await import("@audio/decode-aac");
  const aac = await decoder(options);
  let started = false;
  return {
    decode(pieces) {
      const decoded = toMono(aac.decode(config === null ? concatenate(pieces) : pieces));
      if (started || decoded.samples.length === 0) return decoded;
      started = true;
      return withLostFrame(decoded, primingSeconds);
    },
    flush: () => toMono(aac.flush()),
    free: () => aac.free(),
  };
}

/** Opus knows no sample rate of its own; 16 kHz holds all that anyone here listens for. */
const OPUS_SAMPLE_RATE = 16_000;

/** @param head the OpusHead of the stream (RFC 7845 §5.1), from Ogg's first packet or WebM's CodecPrivate */
export async function createOpus(head: Uint8Array): Promise<Decoder> {
  const { createOpusDecoder } = await import("@audio/decode-opus/core");
  const opus = await createOpusDecoder();
  opus.configure({ ...parseOpusHead(head), sampleRate: OPUS_SAMPLE_RATE });
  return {
    decode: (pieces) => toMono(opus.decodeFrames(pieces)),
    flush: () => NOTHING,
    free: () => opus.free(),
  };
}

/** @param codec as mediabunny names it: pcm-s16, pcm-f32 …; null for big-endian and the telephone's kinds */
export function createPcm(codec: string, sampleRate: number, channels: number): Decoder | null {
  const [, letter, bits] = /^pcm-([usf])(\d+)$/.exec(codec) ?? [];
  const format: PcmFormat = { kind: letter === "f" ? "float" : "int", bits: Number(bits) };
  const isUnsigned = letter === "u";
  if (letter === undefined || !isReadablePcm(format) || isUnsigned !== (format.bits === 8)) return null;
  return {
    decode: (pieces) => ({ samples: pcmToMono(concatenate(pieces), format, channels), sampleRate }),
    flush: () => NOTHING,
    free: () => {},
  };
}

function fromByteDecoder(codec: {
  decode(data: Uint8Array): ChannelData;
  flush(): ChannelData;
  free(): void;
}): Decoder {
  return {
    decode: (pieces) => toMono(codec.decode(concatenate(pieces))),
    flush: () => toMono(codec.flush()),
    free: () => codec.free(),
  };
}

function toMono({ channelData, sampleRate }: ChannelData): Decoded {
  return { samples: mixDown(channelData), sampleRate };
}

const AAC_FRAME = 1024;

/**
 * FAAD2 swallows the first packet. Where the container's clock would have it heard, silence takes its place, so a
 * recording cut at a packet keeps its times. (With HE-AAC the frame is 2048 long and priming far longer.)
 */
function withLostFrame({ samples, sampleRate }: Decoded, primingSeconds: number): Decoded {
  const lost = Math.max(0, AAC_FRAME - Math.round(primingSeconds * sampleRate));
  const whole = new Float32Array(lost + samples.length);
  whole.set(samples, lost);
  return { samples: whole, sampleRate };
}

function parseOpusHead(head: Uint8Array) {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const channels = head[9] ?? 0;
  if (head.byteLength < 19 || channels === 0) throw new UndecodableAudioError("Opus with a broken head");
  // The head counts in 48 kHz samples, the decoder in its own.
  const preSkip = Math.round((view.getUint16(10, true) * OPUS_SAMPLE_RATE) / 48_000);
  const plain = { channels, preSkip, outputGain: view.getInt16(16, true) };
  if (head[18] === 0 || head.byteLength < 21 + channels) return plain;
  return {
    ...plain,
    streamCount: view.getUint8(19),
    coupledStreamCount: view.getUint8(20),
    channelMappingTable: Array.from(head.subarray(21, 21 + channels)),
  };
}

function concatenate(pieces: readonly Uint8Array[]): Uint8Array {
  const [first = new Uint8Array(), ...others] = pieces;
  return others.length === 0 ? first : new Uint8Array(Buffer.concat(pieces));
}
