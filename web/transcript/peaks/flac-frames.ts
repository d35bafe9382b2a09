/** What a decoder needs before any frame: `fLaC` and STREAMINFO, marked as the last metadata block. */
export function flacIntro(file: Uint8Array): Uint8Array {
  if (String.fromCharCode(...file.subarray(0, 4)) !== "fLaC")
    throw new Error("This is not a FLAC file.");
  const intro = file.slice(0, 4 + 4 + 34);
  intro[4] = 0x80;
  return intro;
}

type FlacClock = {
  /** The likely position of a moment, by all frames read so far. */
  byteAt(seconds: number): number;
  /** Where the first frame of a piece starts, and its time; null when the piece has none. */
  read(piece: Uint8Array, from: number): { offset: number; seconds: number } | null;
};

/**
 * Finds moments in a FLAC file, whose frames are numbered. Silence takes few bytes and noise many, so each frame found
 * improves the next guess.
 */
export function openFlacClock(
  file: Uint8Array,
  { begin, bytes, duration }: { begin: number; bytes: number; duration: number },
): FlacClock {
  const info = new DataView(file.buffer, file.byteOffset + 8, 34);
  const blockSize = info.getUint16(0);
  const sampleRate = info.getUint32(10) >>> 12;
  const met = [
    { byte: begin, seconds: 0 },
    { byte: bytes, seconds: duration },
  ];
  return {
    byteAt(seconds) {
      const behind = Math.max(
        1,
        met.findIndex((each) => each.seconds > seconds),
      );
      const [a, b] = [met[behind - 1], met[behind]];
      if (!a || !b || b.seconds <= a.seconds) return a?.byte ?? begin;
      return a.byte + ((b.byte - a.byte) * (seconds - a.seconds)) / (b.seconds - a.seconds);
    },
    read(piece, from) {
      for (let offset = 0; offset + MOST_HEADER_BYTES <= piece.length; offset++) {
        const number = readFrameNumber(piece, offset);
        if (number === null) continue;
        const isVariable = ((piece[offset + 1] ?? 0) & 1) === 1;
        const seconds = (isVariable ? number : number * blockSize) / sampleRate;
        if (seconds > duration) continue; // bytes that only look like a frame
        const place = met.findIndex((each) => each.byte >= from + offset);
        if (met[place]?.byte !== from + offset) met.splice(place, 0, { byte: from + offset, seconds });
        return { offset, seconds };
      }
      return null;
    },
  };
}

const MOST_HEADER_BYTES = 16;

/** The number of the frame whose header is here, or of its first sample where blocks vary; null: there is no header. */
function readFrameNumber(bytes: Uint8Array, at: number): number | null {
  const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(at, at + 4);
  if (a !== 0xff || (b & 0xfe) !== 0xf8) return null;
  const [sizeCode, rateCode] = [c >> 4, c & 15];
  if (sizeCode === 0 || rateCode === 15 || d >> 4 > 10 || (d & 1) === 1) return null;
  // The number is coded like UTF-8, but may be longer.
  const lead = bytes[at + 4] ?? 0;
  const more = lead < 0x80 ? 0 : Math.clz32(~(lead << 24)) - 1;
  if (lead >= 0x80 && (more < 1 || more > 6)) return null;
  let number = more === 0 ? lead : lead & (0x3f >> more);
  for (let n = 1; n <= more; n++) number = number * 64 + ((bytes[at + 4 + n] ?? 0) & 0x3f);
  const extra = (sizeCode === 6 ? 1 : sizeCode === 7 ? 2 : 0) + (rateCode === 12 ? 1 : rateCode > 12 ? 2 : 0);
  const length = 5 + more + extra;
  return crc8(bytes.subarray(at, at + length)) === bytes[at + length] ? number : null;
}

/** RFC 9639, 9.1.8: polynomial 0x07. */
function crc8(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1;
  }
  return crc;
}
