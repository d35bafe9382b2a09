import {
  flacHead,
  MAX_HEADER_BYTES,
  readFlacHeader,
  readStreamInfo,
  STREAM_INFO_BYTES,
} from "../../../shared/flac/frame-header.ts";

const STREAM_INFO_AT = 8;

/** What a decoder must know before any frame: `fLaC` and STREAMINFO, marked as the last of the metadata. */
export function flacIntro(file: Uint8Array): Uint8Array {
  if (String.fromCharCode(...file.subarray(0, 4)) !== "fLaC")
    throw new Error("It does not begin as a FLAC file.");
  return flacHead(file.slice(STREAM_INFO_AT, STREAM_INFO_AT + STREAM_INFO_BYTES));
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
  const info = readStreamInfo(file.subarray(STREAM_INFO_AT));
  if (!info) throw new Error("The FLAC file does not say how it is coded.");
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
      for (let offset = 0; offset + MAX_HEADER_BYTES <= piece.length; offset++) {
        const header = readFlacHeader(piece, offset, info);
        if (!header) continue;
        const { number, isVariable } = header;
        const seconds = (isVariable ? number : number * info.maxBlock) / info.sampleRate;
        if (seconds > duration) continue; // bytes that only look like a frame
        const place = met.findIndex((each) => each.byte >= from + offset);
        if (met[place]?.byte !== from + offset) met.splice(place, 0, { byte: from + offset, seconds });
        return { offset, seconds };
      }
      return null;
    },
  };
}
