import { type Failure, failure } from "../../../shared/failure.ts";
import { err, ok, type Result } from "../../../shared/result.ts";

export type WavFacts = {
  codec: string;
  channels: number;
  sampleRate: number;
  /** Seconds. */
  duration: number;
  /** Of one sample of all channels. */
  blockBytes: number;
  /** The body of the "fmt " chunk as it stands. */
  format: Uint8Array;
  /** Where the samples are: whole blocks only. */
  data: { offset: number; bytes: number };
};

type Format = Pick<WavFacts, "channels" | "sampleRate" | "blockBytes" | "format"> & {
  tag: number;
  bits: number;
};

const PCM = 1;
const FLOAT = 3;
const ALAW = 6;
const MULAW = 7;
const EXTENSIBLE = 0xfffe;
/** Of WAVEFORMATEXTENSIBLE; no codec we take has more to say. */
const MAX_FORMAT_BYTES = 40;

/** Writers that do not know the length yet put one of these; the audio then goes to the end of the file. */
const UNKNOWN_SIZES = [0, 0x7fffffff, 0xfffffff, 0xffffffff];
/** Some of them take the header off, so close to the largest value counts too. */
const UNKNOWN_SIZE_FROM = 0xffffff00;

/** Recorders write a dozen chunks; who writes thousands wants us to read them. */
const MAX_CHUNKS = 1_000;

/**
 * The facts in a WAV or RF64 header (Microsoft RIFF; EBU Tech 3306). Tags and pictures may stand before the samples,
 * so it walks from chunk to chunk.
 * @param read the file's bytes from an offset on
 * @param fileBytes length of the whole file
 */
export async function readWavHeader(
  read: (offset: number, length: number) => Promise<Uint8Array>,
  fileBytes: number,
): Promise<Result<WavFacts, Failure>> {
  let format: Format | null = null;
  let longDataBytes: number | null = null;

  for (let at = 12, n = 0; at + 8 <= fileBytes && n < MAX_CHUNKS; n++) {
    const start = await read(at, Math.min(8 + MAX_FORMAT_BYTES, fileBytes - at));
    const chunk = new DataView(start.buffer, start.byteOffset, start.byteLength);
    const id = String.fromCharCode(...start.subarray(0, 4));
    const size = chunk.getUint32(4, true);
    const hasBody = start.byteLength >= 8 + 16;
    if (id === "ds64" && hasBody) {
      longDataBytes = Number(chunk.getBigUint64(8 + 8, true));
    } else if (id === "fmt " && hasBody) {
      format = readFormat(chunk, start.slice(8, 8 + size));
    } else if (id === "data") {
      if (!format) return err(corrupt("the audio comes before its description"));
      const saidBytes = size === 0xffffffff && longDataBytes !== null ? longDataBytes : size;
      return measure(format, saidBytes, at + 8, fileBytes);
    }
    at += 8 + size + (size % 2);
  }
  return err(corrupt(format ? "it has no audio data" : 'it has no "fmt " chunk'));
}

function readFormat(chunk: DataView, format: Uint8Array): Format {
  const isExtensible = chunk.getUint16(8, true) === EXTENSIBLE && format.byteLength >= 26;
  return {
    tag: chunk.getUint16(isExtensible ? 8 + 24 : 8, true),
    channels: chunk.getUint16(8 + 2, true),
    sampleRate: chunk.getUint32(8 + 4, true),
    blockBytes: chunk.getUint16(8 + 12, true),
    bits: chunk.getUint16(8 + 14, true),
    format,
  };
}

function measure(
  { tag, bits, ...facts }: Format,
  saidBytes: number,
  offset: number,
  fileBytes: number,
): Result<WavFacts, Failure> {
  const { channels, sampleRate, blockBytes } = facts;
  const codec = codecName(tag, bits);
  if (!codec) {
    const what = `its codec ${tag} with ${bits} bits is not PCM, A-law or µ-law`;
    return err(failure("unsupported_format", `The WAV cannot be sent: ${what}.`));
  }
  if (channels === 0 || sampleRate === 0 || blockBytes !== (channels * bits) / 8) {
    const said = `${channels} channels, ${sampleRate} Hz, ${bits} bits, ${blockBytes} bytes a frame`;
    return err(corrupt(`it says ${said}`));
  }
  const presentBytes = fileBytes - offset;
  const unknown =
    UNKNOWN_SIZES.includes(saidBytes) || (saidBytes >= UNKNOWN_SIZE_FROM && saidBytes <= 0xffffffff);
  if (!unknown && saidBytes > presentBytes) {
    const what = `it says ${saidBytes} bytes of audio follow, but only ${presentBytes} do`;
    return err(corrupt(`${what}: the file is cut off`));
  }
  // A size is written in 32 bits; writers that take no notice of that start again from 0.
  const lost = Math.max(0, Math.floor((presentBytes - saidBytes) / 2 ** 32)) * 2 ** 32;
  const frames = Math.floor((unknown ? presentBytes : saidBytes + lost) / blockBytes);
  if (frames === 0) return err(corrupt("it has no audio data"));
  return ok({ ...facts, codec, duration: frames / sampleRate, data: { offset, bytes: frames * blockBytes } });
}

function codecName(tag: number, bits: number): string | null {
  if (tag === PCM && [8, 16, 24, 32].includes(bits)) return bits === 8 ? "pcm-u8" : `pcm-s${bits}`;
  if (tag === FLOAT && [32, 64].includes(bits)) return `pcm-f${bits}`;
  if (tag === ALAW && bits === 8) return "alaw";
  if (tag === MULAW && bits === 8) return "ulaw";
  return null;
}

function corrupt(what: string): Failure {
  return failure("upload_corrupt", `The WAV header is wrong: ${what}.`);
}
