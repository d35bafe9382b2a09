import type { Listen } from "./load-peaks.ts";
import { loudestOf } from "./peaks.ts";
import type { RangeReader } from "./range-reader.ts";

type Facts = { bytes: number; duration: number; container: "mp3" | "aac" | "flac" };
type Decode = (bytes: Uint8Array<ArrayBuffer>) => Promise<Float32Array>;

/** So long a piece is listened to. */
const PIECE_SECONDS = 0.6;
const LEAST_PIECE_BYTES = 6 * 1024;
/** A frame of FLAC may have 16 KB. */
const MOST_PIECE_BYTES = 24 * 1024;
/** Behind the tags of an MP3 or AAC file, which may hold a picture, and before what is too far for a picture of peaks. */
const HEAD_BYTES = 64 * 1024;

/** MP3, AAC and FLAC are rows of frames: a decoder finds its way in from any byte on. */
export async function openFrames(
  reader: RangeReader,
  { bytes, duration, container }: Facts,
  decode: Decode,
): Promise<Listen> {
  const head = await reader.read(0, Math.min(bytes, HEAD_BYTES));
  const begin = tagBytes(head);
  const intro = container === "flac" ? flacIntro(head.subarray(begin)) : new Uint8Array();
  const map = container === "mp3" ? mp3Map(head.subarray(begin)) : null;
  const perSecond = (bytes - begin) / duration;
  const length = Math.round(
    Math.min(
      MOST_PIECE_BYTES,
      Math.max(LEAST_PIECE_BYTES, container === "flac" ? MOST_PIECE_BYTES : perSecond * PIECE_SECONDS),
    ),
  );
  return async (share) => {
    const middle = begin + (map ? map(share) : share) * (bytes - begin);
    const from = Math.floor(Math.min(bytes - length, Math.max(begin, middle - length / 2)));
    const piece = await reader.read(from, Math.min(bytes, from + length));
    const whole = new Uint8Array(intro.length + piece.length);
    whole.set(intro);
    whole.set(piece, intro.length);
    const sound = await decode(whole);
    return sound.length === 0 ? null : loudestOf(sound);
  };
}

/** How long the ID3 tags in front of the frames are. */
function tagBytes(head: Uint8Array): number {
  let at = 0;
  while (ascii(head, at, 3) === "ID3") {
    const [a = 0, b = 0, c = 0, d = 0] = head.subarray(at + 6, at + 10);
    at += 10 + ((a << 21) | (b << 14) | (c << 7) | d);
  }
  return at;
}

/** `fLaC` and STREAMINFO, marked as the last of the metadata: a decoder needs it before any frame. */
function flacIntro(head: Uint8Array): Uint8Array {
  const intro = head.slice(0, 4 + 4 + 34);
  if (ascii(intro, 0, 4) !== "fLaC") throw new Error("The recording does not begin as a FLAC file.");
  intro[4] = 0x80;
  return intro;
}

/**
 * Where in a file of varying bit rate which share of the time is, as its Xing header tells in a hundred steps; null when
 * there is none: then bytes and time go alike.
 */
function mp3Map(frames: Uint8Array): ((share: number) => number) | null {
  for (const offset of [36, 21, 13]) {
    const tag = ascii(frames, offset, 4);
    if (tag !== "Xing" && tag !== "Info") continue;
    const flags = frames[offset + 7] ?? 0;
    if ((flags & 4) === 0) return null;
    const at = offset + 8 + (flags & 1 ? 4 : 0) + (flags & 2 ? 4 : 0);
    const steps = frames.slice(at, at + 100);
    if (steps.length < 100) return null;
    return (share) => {
      const step = Math.min(99, Math.max(0, Math.floor(share * 100)));
      const here = steps[step] ?? 0;
      const next = step === 99 ? 256 : (steps[step + 1] ?? 256);
      return (here + (next - here) * (share * 100 - step)) / 256;
    };
  }
  return null;
}

function ascii(bytes: Uint8Array, from: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(from, from + length));
}
