// Where the sound of an MP3 begins and ends among the samples its frames decode to, from the LAME tag in the first
// frame (http://gabriel.mp3-tech.org/mp3infotag.html). mpg123 would do this itself, but its WASM build counts
// bytes in 32 bits and gives up on recordings of more than 268 million samples (1.7 h at 44.1 kHz).

import { open } from "node:fs/promises";

/** In samples; `total` is null when the file does not say. */
export type Trim = { skip: number; total: number | null };

/** What any decoder adds to the encoder's delay. */
const DECODER_DELAY = 529;
const LAYER_3 = 1;
const MONO = 3;
const MPEG_1 = 3;

/** Nothing is trimmed when there is no such tag. */
export async function readMp3Trim(path: string): Promise<Trim> {
  const file = await open(path);
  try {
    const id3 = Buffer.alloc(10);
    await file.read(id3, 0, id3.length, 0);
    const frame = Buffer.alloc(2048);
    await file.read(frame, 0, frame.length, skipId3(id3));
    return parseFirstFrame(frame);
  } finally {
    await file.close();
  }
}

function skipId3(start: Buffer): number {
  if (start.toString("latin1", 0, 3) !== "ID3") return 0;
  const size = [6, 7, 8, 9].reduce((sum, at) => sum * 128 + (start.readUInt8(at) & 0x7f), 0);
  const footer = (start.readUInt8(5) & 0x10) !== 0 ? 10 : 0;
  return 10 + size + footer;
}

function parseFirstFrame(bytes: Buffer): Trim {
  const untrimmed = { skip: 0, total: null };
  const at = bytes.findIndex((byte, i) => byte === 0xff && ((bytes[i + 1] ?? 0) & 0xe0) === 0xe0);
  if (at < 0 || at + 256 > bytes.length) return untrimmed;
  const version = (bytes.readUInt8(at + 1) >> 3) & 3;
  const isMono = bytes.readUInt8(at + 3) >> 6 === MONO;
  if (((bytes.readUInt8(at + 1) >> 1) & 3) !== LAYER_3) return untrimmed;
  const sideInfo = version === MPEG_1 ? (isMono ? 17 : 32) : isMono ? 9 : 17;
  const xing = at + 4 + sideInfo;
  if (!["Xing", "Info"].includes(bytes.toString("latin1", xing, xing + 4))) return untrimmed;
  const flags = bytes.readUInt32BE(xing + 4);
  const fieldBytes = [4, 4, 100, 4].reduce((sum, size, bit) => sum + ((flags >> bit) & 1 ? size : 0), 0);
  const lame = xing + 8 + fieldBytes;
  if (!/^[A-Z][A-Za-z]{3}/.test(bytes.toString("latin1", lame, lame + 4))) return untrimmed;
  const delays = bytes.readUIntBE(lame + 21, 3);
  const delay = delays >> 12;
  const samplesPerFrame = version === MPEG_1 ? 1152 : 576;
  const frames = (flags & 1) === 1 ? bytes.readUInt32BE(xing + 8) : 0;
  const total = frames * samplesPerFrame - delay - (delays & 0xfff);
  return { skip: delay + DECODER_DELAY, total: total > 0 ? total : null };
}
