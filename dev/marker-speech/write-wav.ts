// Writes 16-bit mono WAV as samples come; past 4 GiB as RF64 (EBU Tech 3306).

import { open } from "node:fs/promises";

const HEADER_BYTES = 44;
const RF64_HEADER_BYTES = 80;

/**
 * @param samples full scale 1, clipped; `sampleCount` must be their number
 */
export async function writeWav(
  path: string,
  sampleRate: number,
  sampleCount: number,
  samples: AsyncIterable<Float32Array> | Iterable<Float32Array>,
): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.write(wavHeader(sampleRate, sampleCount));
    for await (const chunk of samples) await file.write(toInt16(chunk));
  } finally {
    await file.close();
  }
}

/** The header alone, for `sampleCount` 16-bit mono samples. */
export function wavHeader(sampleRate: number, sampleCount: number): Uint8Array {
  const dataBytes = sampleCount * 2;
  const isLong = dataBytes > 0xffffffff - HEADER_BYTES;
  const header = Buffer.alloc(isLong ? RF64_HEADER_BYTES : HEADER_BYTES);
  const clamp = (value: number) => (isLong ? 0xffffffff : value);
  header.write(isLong ? "RF64" : "RIFF", 0);
  header.writeUInt32LE(clamp(header.length - 8 + dataBytes), 4);
  header.write("WAVE", 8);
  let at = 12;
  if (isLong) {
    header.write("ds64", 12);
    header.writeUInt32LE(28, 16);
    header.writeBigUInt64LE(BigInt(header.length - 8 + dataBytes), 20);
    header.writeBigUInt64LE(BigInt(dataBytes), 28);
    header.writeBigUInt64LE(BigInt(sampleCount), 36);
    at = 48;
  }
  header.write("fmt ", at);
  header.writeUInt32LE(16, at + 4);
  header.writeUInt16LE(1, at + 8);
  header.writeUInt16LE(1, at + 10);
  header.writeUInt32LE(sampleRate, at + 12);
  header.writeUInt32LE(sampleRate * 2, at + 16);
  header.writeUInt16LE(2, at + 20);
  header.writeUInt16LE(16, at + 22);
  header.write("data", at + 24);
  header.writeUInt32LE(clamp(dataBytes), at + 28);
  return header;
}

function toInt16(samples: Float32Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < samples.length; i++) {
    view.setInt16(2 * i, Math.round(Math.max(-1, Math.min(1, samples[i] ?? 0)) * 32767), true);
  }
  return bytes;
}
