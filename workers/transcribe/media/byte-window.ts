import { type ByteSource, openByteSource } from "../../../shared/byte-source.ts";
import type { RangeReader } from "./range-reader.ts";

/** As much as a parser may look beyond the place it is at: three frames of any codec walked here. */
export const LOOKAHEAD_BYTES = 32 * 1024;
const WINDOW_BYTES = 1024 * 1024;
/** One read from R2 brings at most this much: a stream that breaks costs no more. */
const STREAM_BYTES = 256 * 1024 * 1024;
/** A new read costs more than reading this many bytes of an open stream. */
const MAX_READ_AWAY_BYTES = 512 * 1024;

/** A look at a recording that moves forwards only, in one buffer that is used again and again. */
export interface ByteWindow {
  /** What lies from `offset` on; other bytes after every `move`. */
  readonly bytes: Uint8Array;
  readonly offset: number;
  /** Of what is looked at, in bytes from the recording's start. */
  readonly end: number;
  /** Whether `bytes` reach to the end. */
  readonly isLast: boolean;
  /** Shows what lies from `offset` on: LOOKAHEAD_BYTES at least, less only at the end. */
  move(offset: number): Promise<void>;
  close(): Promise<void>;
}

export function openWindow(read: RangeReader, end: number, windowBytes = WINDOW_BYTES): ByteWindow {
  let buffer = new ArrayBuffer(Math.max(1, Math.min(windowBytes, end)));
  let source: ByteSource | null = null;
  let sourceEnd = 0;
  let filled = 0;
  const window = { bytes: new Uint8Array(), offset: 0, end, isLast: false, move, close };

  async function move(offset: number): Promise<void> {
    await passOver(offset);
    const passed = Math.min(filled, offset - window.offset);
    new Uint8Array(buffer).copyWithin(0, passed, filled);
    filled -= passed;
    window.offset = offset;
    await fill();
    window.bytes = new Uint8Array(buffer, 0, filled);
    window.isLast = offset + filled >= end;
  }

  /** Brings `offset` into the buffer when it lies behind: what is near is read away, what is far is jumped to. */
  async function passOver(offset: number): Promise<void> {
    if (offset >= end || offset - window.offset - filled > MAX_READ_AWAY_BYTES) {
      await close();
      window.offset = offset;
      filled = 0;
    }
    while (offset > window.offset + filled) {
      window.offset += filled;
      filled = 0;
      await fill();
    }
  }

  async function fill(): Promise<void> {
    for (;;) {
      const position = window.offset + filled;
      if (position >= end || filled === buffer.byteLength) return;
      if (!source || position === sourceEnd) {
        source = null;
        sourceEnd = Math.min(end, position + STREAM_BYTES);
        source = toSource(await read(position, sourceEnd - position));
      }
      const got = await source.read(buffer, filled);
      buffer = got.buffer;
      if (got.bytes === 0) throw new Error(`the recording ends at ${position} and not at ${end}`);
      filled += Math.min(got.bytes, end - position);
    }
  }

  async function close(): Promise<void> {
    await source?.cancel();
    source = null;
  }

  return window;
}

function toSource(found: ReadableStream<Uint8Array> | Uint8Array): ByteSource {
  if (!(found instanceof Uint8Array)) return openByteSource(found);
  let at = 0;
  return {
    async read(buffer, offset) {
      const taken = found.subarray(at, at + buffer.byteLength - offset);
      new Uint8Array(buffer, offset).set(taken);
      at += taken.byteLength;
      return { buffer, bytes: taken.byteLength };
    },
    cancel: async () => {},
  };
}
