import { AudioSampleSink, CustomSource, Input, MATROSKA, MP4, OGG, QTFF, WAVE, WEBM } from "mediabunny";
import type { RangeReader } from "./range-reader.ts";
import { CannotDecodeError, type Listen } from "./sound.ts";

/** The longest piece, in seconds and bytes. */
const PIECE_SECONDS = 0.12;
const PIECE_BYTES = 6 * 1024;
/** A decoder's output for its first packets is wrong without those before them. */
const RUN_UP_SECONDS = 0.08;
/** The smallest request to the network; the bytes after a packet are needed next. */
const BLOCK_BYTES = 8 * 1024;
const KEPT_BLOCKS = 24;

/** WAV, MP4, WebM and Ogg have an index of moments: Mediabunny finds the packets, the browser decodes them. */
export async function openPackets(
  reader: RangeReader,
  { bytes, duration }: { bytes: number; duration: number },
): Promise<Listen> {
  const blocks = new BlockCache(reader, bytes);
  const source = new CustomSource({ getSize: () => bytes, read: (start, end) => blocks.read(start, end) });
  const input = new Input({ source, formats: [WAVE, MP4, QTFF, WEBM, MATROSKA, OGG] });
  const track = await input.getPrimaryAudioTrack();
  if (!track || !(await track.canDecode())) throw new CannotDecodeError();
  const sink = new AudioSampleSink(track);
  const isPacked = !String(await track.getCodec()).startsWith("pcm");
  const pieceSeconds = Math.min(PIECE_SECONDS, Math.max(0.03, (PIECE_BYTES * duration) / bytes));
  return async (seconds) => {
    const from = isPacked ? Math.max(0, seconds - RUN_UP_SECONDS) : seconds;
    const pieces: Float32Array[] = [];
    let [start, sampleRate] = [seconds, 0];
    for await (const sample of sink.samples(from, seconds + pieceSeconds)) {
      if (sample.timestamp >= seconds - sample.duration || from === 0) {
        const piece = new Float32Array(sample.numberOfFrames);
        sample.copyTo(piece, { planeIndex: 0, format: "f32-planar" });
        if (pieces.length === 0) start = sample.timestamp;
        sampleRate = sample.sampleRate;
        pieces.push(piece);
      }
      sample.close();
    }
    return sampleRate === 0 ? null : { start, samples: joined(pieces), sampleRate };
  };
}

function joined(pieces: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Reads in blocks and keeps the latest: a file's index is read in many small steps. */
class BlockCache {
  readonly #reader: RangeReader;
  readonly #size: number;
  readonly #blocks = new Map<number, Promise<Uint8Array<ArrayBuffer>>>();

  constructor(reader: RangeReader, size: number) {
    this.#reader = reader;
    this.#size = size;
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    // An index is long and needed as a whole: one request.
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
