import * as wav from "../../../dev/marker-speech/wav-header.ts";

/** A WAV of 8-bit mono silence at 8 kHz: 8,000 bytes a second. */
export function makeWav(seconds: number): Buffer<ArrayBuffer> {
  const dataBytes = seconds * 8_000;
  return Buffer.concat([wavHeader(dataBytes), Buffer.alloc(dataBytes, 0x80)]);
}

/** Only the header, for a file that would be too large to make; `dataBytes` is what it claims. */
export function wavHeader(dataBytes: number, sampleRate = 8_000): Buffer<ArrayBuffer> {
  return wav.riffHeader(dataBytes, { sampleRate, bits: 8 });
}

/** The header of an RF64, whose sizes may be larger than 32 bits can express. */
export function rf64Header(dataBytes: number, sampleRate = 8_000): Buffer<ArrayBuffer> {
  return wav.rf64Header(dataBytes, { sampleRate, bits: 8 });
}
