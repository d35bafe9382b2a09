// Writes 16-bit mono WAV as samples come; past 4 GiB as RF64 (EBU Tech 3306).

import { open } from "node:fs/promises";
import { RIFF_HEADER_BYTES, rf64Header, riffHeader } from "./wav-header.ts";

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
  const isLong = dataBytes > 0xffffffff - RIFF_HEADER_BYTES;
  return (isLong ? rf64Header : riffHeader)(dataBytes, { sampleRate, bits: 16 });
}

function toInt16(samples: Float32Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < samples.length; i++) {
    view.setInt16(2 * i, Math.round(Math.max(-1, Math.min(1, samples[i] ?? 0)) * 32767), true);
  }
  return bytes;
}
