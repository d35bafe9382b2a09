// WAV, RF64 and BW64 from disk, a block at a time. Lengths in the header are believed only as far as the file
// reaches: a recorder that died leaves zeros or 0xFFFFFFFF there.

import type { FileHandle } from "node:fs/promises";
import { isReadablePcm, type PcmFormat, pcmToMono } from "./pcm.ts";
import { UndecodableAudioError } from "./undecodable-audio-error.ts";

type WavFacts = {
  codec: string;
  sampleRate: number;
  channels: number;
  format: PcmFormat;
  dataFrom: number;
  dataBytes: number;
};

const BLOCK_BYTES = 1 << 18;
const UNKNOWN_LENGTH = 0xffffffff;
const FORMAT_PCM = 1;
const FORMAT_FLOAT = 3;
const FORMAT_EXTENSIBLE = 0xfffe;
const CODEC_NAMES: Readonly<Record<number, string>> = {
  2: "MS ADPCM",
  6: "A-law",
  7: "µ-law",
  17: "IMA ADPCM",
  49: "GSM",
  80: "MPEG",
  85: "MP3",
};

export function isWav(start: Uint8Array): boolean {
  const text = Buffer.from(start).toString("latin1");
  return /^(RIFF|RF64|BW64)/.test(text) && text.slice(8, 12) === "WAVE";
}

/** @throws UndecodableAudioError when the header is broken or the samples are not plain PCM */
export async function readWavFacts(file: FileHandle): Promise<WavFacts> {
  const fileBytes = (await file.stat()).size;
  let longDataBytes: number | null = null;
  let format: Omit<WavFacts, "dataFrom" | "dataBytes"> | null = null;
  for (let at = 12; at + 8 <= fileBytes; ) {
    const head = await readAt(file, at, 8);
    const name = head.toString("latin1", 0, 4);
    const size = head.readUInt32LE(4);
    const body = at + 8;
    if (name === "ds64") longDataBytes = Number((await readAt(file, body, 16)).readBigUInt64LE(8));
    if (name === "fmt ") format = parseFormat(await readAt(file, body, Math.min(size, 40)));
    if (name === "data") {
      if (format === null) throw new UndecodableAudioError("WAV whose samples come before their format");
      const claimed = size === UNKNOWN_LENGTH && longDataBytes !== null ? longDataBytes : size;
      const left = fileBytes - body;
      const dataBytes = claimed === UNKNOWN_LENGTH || claimed === 0 ? left : Math.min(claimed, left);
      return { ...format, dataFrom: body, dataBytes };
    }
    at = body + size + (size % 2);
  }
  throw new UndecodableAudioError("WAV without samples");
}

/** The samples as mono. */
export async function* readWavSamples(file: FileHandle, facts: WavFacts): AsyncGenerator<Float32Array> {
  const frameBytes = (facts.format.bits / 8) * facts.channels;
  const blockBytes = Math.max(1, Math.floor(BLOCK_BYTES / frameBytes)) * frameBytes;
  const end = facts.dataFrom + facts.dataBytes;
  for (let at = facts.dataFrom; at < end; at += blockBytes) {
    const block = await readAt(file, at, Math.min(blockBytes, end - at));
    if (block.length < frameBytes) return;
    yield pcmToMono(block, facts.format, facts.channels);
  }
}

function parseFormat(bytes: Buffer): Omit<WavFacts, "dataFrom" | "dataBytes"> {
  if (bytes.length < 16) throw new UndecodableAudioError("WAV with a broken format chunk");
  const tag = bytes.readUInt16LE(0);
  // An extensible format hides the real tag in the first two bytes of its GUID.
  const code = tag === FORMAT_EXTENSIBLE && bytes.length >= 26 ? bytes.readUInt16LE(24) : tag;
  const channels = bytes.readUInt16LE(2);
  const sampleRate = bytes.readUInt32LE(4);
  const bits = bytes.readUInt16LE(14);
  const format: PcmFormat = { kind: code === FORMAT_FLOAT ? "float" : "int", bits };
  if (code !== FORMAT_PCM && code !== FORMAT_FLOAT) {
    throw new UndecodableAudioError(`WAV with ${CODEC_NAMES[code] ?? `format ${code}`} instead of PCM`);
  }
  if (channels === 0 || sampleRate === 0 || !isReadablePcm(format)) {
    throw new UndecodableAudioError(
      `WAV of ${channels} channels at ${sampleRate} Hz with ${bits} bits a sample`,
    );
  }
  return { codec: `pcm_${format.kind === "float" ? "f" : "s"}${bits}le`, sampleRate, channels, format };
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
