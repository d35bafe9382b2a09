const HEADER_BYTES = 44;

/** A WAV of 8-bit mono silence at 8 kHz: 8,000 bytes a second. */
export function makeWav(seconds: number): Buffer<ArrayBuffer> {
  const wav = Buffer.alloc(HEADER_BYTES + seconds * 8_000, 0x80);
  wavHeader(seconds * 8_000).copy(wav);
  return wav;
}

/** Only the header, for a file that would be too large to make; `dataBytes` is what it claims. */
export function wavHeader(dataBytes: number, sampleRate = 8_000): Buffer<ArrayBuffer> {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write("RIFF", 0);
  header.writeUInt32LE(Math.min(dataBytes + 36, 0xffffffff), 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20); // PCM
  header.writeUInt16LE(1, 22); // mono
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write("data", 36);
  header.writeUInt32LE(Math.min(dataBytes, 0xffffffff), 40);
  return header;
}

/** The header of an RF64, which tells sizes that 32 bits cannot. */
export function rf64Header(dataBytes: number, sampleRate = 8_000): Buffer<ArrayBuffer> {
  const long = Buffer.alloc(36);
  long.write("ds64", 0);
  long.writeUInt32LE(28, 4);
  long.writeBigUInt64LE(BigInt(dataBytes + 72), 8);
  long.writeBigUInt64LE(BigInt(dataBytes), 16);
  const plain = wavHeader(0xffffffff, sampleRate);
  plain.write("RF64", 0);
  return Buffer.concat([plain.subarray(0, 12), long, plain.subarray(12)]);
}
