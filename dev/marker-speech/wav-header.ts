export const RIFF_HEADER_BYTES = 44;
const LONG_BYTES = 36;

export type PcmFormat = { sampleRate: number; bits: 8 | 16 };

/** The header of a mono WAV, 44 bytes. A size that 32 bits cannot express is written as the largest one. */
export function riffHeader(dataBytes: number, { sampleRate, bits }: PcmFormat): Buffer<ArrayBuffer> {
  const header = Buffer.alloc(RIFF_HEADER_BYTES);
  header.write("RIFF", 0);
  header.writeUInt32LE(Math.min(dataBytes + RIFF_HEADER_BYTES - 8, 0xffffffff), 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20); // PCM
  header.writeUInt16LE(1, 22); // mono
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE((sampleRate * bits) / 8, 28);
  header.writeUInt16LE(bits / 8, 32);
  header.writeUInt16LE(bits, 34);
  header.write("data", 36);
  header.writeUInt32LE(Math.min(dataBytes, 0xffffffff), 40);
  return header;
}

/** The same with sizes of 64 bits, 80 bytes: RF64 (EBU Tech 3306). */
export function rf64Header(dataBytes: number, format: PcmFormat): Buffer<ArrayBuffer> {
  const long = Buffer.alloc(LONG_BYTES);
  long.write("ds64", 0);
  long.writeUInt32LE(LONG_BYTES - 8, 4);
  long.writeBigUInt64LE(BigInt(dataBytes + RIFF_HEADER_BYTES + LONG_BYTES - 8), 8);
  long.writeBigUInt64LE(BigInt(dataBytes), 16);
  long.writeBigUInt64LE(BigInt(Math.floor((dataBytes * 8) / format.bits)), 24);
  const plain = riffHeader(0xffffffff, format);
  plain.write("RF64", 0);
  return Buffer.concat([plain.subarray(0, 12), long, plain.subarray(12)]);
}
