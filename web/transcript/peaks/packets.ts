import { AudioSampleSink, CustomSource, Input, MATROSKA, MP4, OGG, QTFF, WAVE, WEBM } from "mediabunny";
import { CannotDecodeError, type Listen } from "./load-peaks.ts";
import { loudestOf } from "./peaks.ts";
import type { RangeReader } from "./range-reader.ts";

/** So long a piece is listened to: some five packets. */
const PIECE_SECONDS = 0.12;
/** The network is asked for so much at least; what is behind a packet is wanted next. */
const BLOCK_BYTES = 8 * 1024;
const KEPT_BLOCKS = 24;

/** WAV, MP4, WebM and Ogg say where each moment is: Mediabunny finds the packets, the browser decodes them. */
export async function openPackets(
  reader: RangeReader,
  { bytes, duration }: { bytes: number; duration: number },
): Promise<Listen> {
  const blocks = new BlockCache(reader, bytes);
  const source = new CustomSource({ getSize: () => bytes, read: (start, end) => blocks.read(start, end) });
  const input = new Input({ source, formats: [WAVE, MP4, QTFF, WEBM, MATROSKA, OGG] });
  const track = await input.getPrimaryAudioTrack();
  if (!track || !(await track.canDecode())) {
    throw new CannotDecodeError("This browser cannot decode the recording.");
  }
  const sink = new AudioSampleSink(track);
  return async (share) => {
    const start = share * duration;
    let loud: number | null = null;
    for await (const sample of sink.samples(start, start + PIECE_SECONDS)) {
      const sound = new Float32Array(sample.numberOfFrames);
      sample.copyTo(sound, { planeIndex: 0, format: "f32-planar" });
      sample.close();
      loud = Math.max(loud ?? 0, loudestOf(sound));
    }
    return loud;
  };
}

/** Reads in blocks and keeps the latest: a file's index is read by many small steps. */
class BlockCache {
  readonly #reader: RangeReader;
  readonly #size: number;
  readonly #blocks = new Map<number, Promise<Uint8Array<ArrayBuffer>>>();

  constructor(reader: RangeReader, size: number) {
    this.#reader = reader;
    this.#size = size;
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    // An index is long and wanted as a whole: one request.
    if (end - start > BLOCK_BYTES) return this.#reader.read(start, end);
    const whole = new Uint8Array(end - start);
    for (let block = Math.floor(start / BLOCK_BYTES); block * BLOCK_BYTES < end; block++) {
      const from = block * BLOCK_BYTES;
      const bytes = await this.#block(block);
      const piece = bytes.subarray(Math.max(0, start - from), end - from);
      whole.set(piece, Math.max(0, from - start));
    }
    return whole;
  }

  #block(block: number): Promise<Uint8Array<ArrayBuffer>> {
    const kept = this.#blocks.get(block);
    if (kept) return kept;
    const from = block * BLOCK_BYTES;
    const bytes = this.#reader.read(from, Math.min(this.#size, from + BLOCK_BYTES));
    this.#blocks.set(block, bytes);
    bytes.catch(() => this.#blocks.delete(block));
    const [oldest] = this.#blocks.keys();
    if (this.#blocks.size > KEPT_BLOCKS && oldest !== undefined) this.#blocks.delete(oldest);
    return bytes;
  }
}
