/**
 * The first frame of many MP3 files: no audio, but how much follows. Xing and Info as LAME writes them, VBRI as
 * Fraunhofer does. In a frame's place, so that players that do not know it play a moment of silence.
 */
import { MPEG_HEADER_BYTES, type MpegHeader, readMpegHeader } from "./mpeg.ts";

export type Xing = {
  /** Frames that follow; null where it is not said. */
  frames: number | null;
  /** From this frame on, itself included. */
  bytes: number | null;
  /** Samples an encoder put before and after the audio. Decoders take both away, and their own delay with the first. */
  gapless: { delay: number; padding: number } | null;
};

/** What a layer III decoder adds in front of LAME's delay, in samples. */
export const DECODER_DELAY = 529;

const HAS_FRAMES = 1;
const HAS_BYTES = 2;
const HAS_TOC = 4;
const HAS_QUALITY = 8;
const TOC_BYTES = 100;
/** Of LAME's part: where delay and padding are, and how long it is. */
const LAME_GAPLESS = 21;
const LAME_BYTES = 36;
/** Whose delays ffmpeg believes, and so does most software. */
const TRUSTED_ENCODERS = ["LAME", "Lavf", "Lavc"];
const VBRI_AT = 36;

/** @param at of a frame of `length` bytes; null when it holds audio */
export function readXing(bytes: Uint8Array, at: number, length: number): Xing | null {
  const header = readMpegHeader(bytes, at);
  if (!header.isLayer3) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, length);
  return readXingAt(view, MPEG_HEADER_BYTES + header.sideInfoBytes) ?? readVbri(view);
}

function readXingAt(view: DataView, at: number): Xing | null {
  const tag = textAt(view, at);
  if ((tag !== "Xing" && tag !== "Info") || at + 8 > view.byteLength) return null;
  const flags = view.getUint32(at + 4);
  const framesAt = at + 8;
  const bytesAt = framesAt + (flags & HAS_FRAMES ? 4 : 0);
  const tocAt = bytesAt + (flags & HAS_BYTES ? 4 : 0);
  const lameAt = tocAt + (flags & HAS_TOC ? TOC_BYTES : 0) + (flags & HAS_QUALITY ? 4 : 0);
  const read = (offset: number) => (offset + 4 <= view.byteLength ? view.getUint32(offset) : null);
  const gapless = TRUSTED_ENCODERS.includes(textAt(view, lameAt)) ? read(lameAt + LAME_GAPLESS) : null;
  return {
    frames: flags & HAS_FRAMES ? read(framesAt) : null,
    bytes: flags & HAS_BYTES ? read(bytesAt) : null,
    gapless: gapless === null ? null : { delay: gapless >>> 20, padding: (gapless >>> 8) & 0xfff },
  };
}

function readVbri(view: DataView): Xing | null {
  if (textAt(view, VBRI_AT) !== "VBRI" || VBRI_AT + 18 > view.byteLength) return null;
  return { bytes: view.getUint32(VBRI_AT + 10), frames: view.getUint32(VBRI_AT + 14), gapless: null };
}

function textAt(view: DataView, at: number): string {
  if (at + 4 > view.byteLength) return "";
  return String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at, 4));
}

/** Room that `writeXing` needs in a frame, behind header and side information. */
export const XING_BYTES = 16 + LAME_BYTES;

/**
 * Writes an Info frame into an empty frame. Where the padding ends the audio inside the last frames, `frames` and
 * `bytes` still count them whole.
 */
export function writeXing(frame: Uint8Array, header: MpegHeader, xing: Xing): void {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const at = MPEG_HEADER_BYTES + header.sideInfoBytes;
  frame.set(new TextEncoder().encode("Info"), at);
  view.setUint32(at + 4, HAS_FRAMES | HAS_BYTES);
  view.setUint32(at + 8, xing.frames ?? 0);
  view.setUint32(at + 12, xing.bytes ?? 0);
  if (!xing.gapless) return;
  frame.set(new TextEncoder().encode("LAME3.100"), at + 16); // another name, and decoders do not look at the delay
  const { delay, padding } = xing.gapless;
  view.setUint8(at + 16 + LAME_GAPLESS, delay >> 4);
  view.setUint8(at + 16 + LAME_GAPLESS + 1, ((delay & 15) << 4) | (padding >> 8));
  view.setUint8(at + 16 + LAME_GAPLESS + 2, padding & 0xff);
}
