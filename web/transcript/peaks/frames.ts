import { flacIntro, openFlacClock } from "./flac-frames.ts";
import { SLOTS } from "./peaks.ts";
import type { RangeReader } from "./range-reader.ts";
import type { Listen, Sound } from "./sound.ts";

type Facts = { bytes: number; duration: number; container: "mp3" | "aac" | "flac" };
type Decode = (bytes: Uint8Array<ArrayBuffer>) => Promise<Omit<Sound, "start">>;

/** The length of a piece. */
const PIECE_SECONDS = 0.6;
const LEAST_PIECE_BYTES = 6 * 1024;
/** This times the number of slots is less than may be read; a FLAC frame may have 16 KB. */
const MOST_PIECE_BYTES = 24 * 1024;
/** Bytes in front of the frames: tags, which may hold a picture. */
const HEAD_BYTES = 64 * 1024;

/**
 * MP3, AAC and FLAC are sequences of frames: a decoder can start at any byte. A FLAC frame holds its time. For MP3 a
 * Xing header maps time to bytes; otherwise, and for AAC, time is taken as proportional to bytes.
 */
export async function openFrames(
  reader: RangeReader,
  { bytes, duration, container }: Facts,
  decode: Decode,
): Promise<Listen> {
  const head = await reader.read(0, Math.min(bytes, HEAD_BYTES));
  const begin = Math.min(tagBytes(head), bytes - 1);
  const frames = head.subarray(begin);
  const isFlac = container === "flac";
  const intro = isFlac ? flacIntro(frames) : new Uint8Array();
  const clock = isFlac ? openFlacClock(frames, { begin, bytes, duration }) : null;
  const xing = container === "mp3" ? readXing(frames) : null;
  const usual = isFlac ? MOST_PIECE_BYTES : ((bytes - begin) / duration) * PIECE_SECONDS;
  const length = Math.min(
    Math.max(LEAST_PIECE_BYTES, Math.round(Math.min(MOST_PIECE_BYTES, usual))),
    Math.max(LEAST_PIECE_BYTES, isFlac ? MOST_PIECE_BYTES : Math.floor(bytes / SLOTS)),
  );
  const byteAt = (seconds: number) => {
    if (clock) return clock.byteAt(seconds);
    const share = seconds / duration;
    return begin + (xing ? xing(share) : share) * (bytes - begin);
  };
  return async (seconds) => {
    const from = Math.floor(Math.max(begin, Math.min(bytes - length, byteAt(seconds) - length / 2)));
    const piece = await reader.read(from, Math.min(bytes, from + length));
    const first = clock?.read(piece, from);
    if (clock && !first) return null;
    const sound = await decode(joined(intro, first ? piece.subarray(first.offset) : piece));
    const heard = sound.samples.length / sound.sampleRate;
    return { ...sound, start: first ? first.seconds : Math.max(0, seconds - heard / 2) };
  };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}

/** The length of the ID3 tags in front of the frames. */
function tagBytes(head: Uint8Array): number {
  let at = 0;
  while (ascii(head, at, 3) === "ID3") {
    const [a = 0, b = 0, c = 0, d = 0] = head.subarray(at + 6, at + 10);
    at += 10 + ((a << 21) | (b << 14) | (c << 7) | d);
  }
  return at;
}

/** Where its tag may be: after the header and side information of stereo or mono, MPEG 1 or 2. */
const XING_OFFSETS = [36, 21, 13];
const [HAS_FRAMES, HAS_BYTES, HAS_STEPS] = [1, 2, 4];
const STEPS = 100;

/** Maps a share of the time to a share of the bytes, by the 100 steps in a file of variable bit rate. */
function readXing(frames: Uint8Array): ((share: number) => number) | null {
  const offset = XING_OFFSETS.find((each) => ["Xing", "Info"].includes(ascii(frames, each, 4)));
  if (offset === undefined) return null;
  const flags = frames[offset + 7] ?? 0;
  const at = offset + 8 + (flags & HAS_FRAMES ? 4 : 0) + (flags & HAS_BYTES ? 4 : 0);
  const steps = frames.slice(at, at + STEPS);
  if (!(flags & HAS_STEPS) || steps.length < STEPS) return null;
  return (share) => {
    const step = Math.min(STEPS - 1, Math.floor(share * STEPS));
    const here = steps[step] ?? 0;
    const next = steps[step + 1] ?? 256;
    return (here + (next - here) * (share * STEPS - step)) / 256;
  };
}

function ascii(bytes: Uint8Array, from: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(from, from + length));
}
