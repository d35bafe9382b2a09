import { openWindow } from "../media/byte-window.ts";
import type { RangeReader } from "../media/range-reader.ts";
import { createLoudness, type Loudness, STEP_SECONDS } from "./quiet.ts";

/** Enough to tell speech from none. */
const LOOKS_PER_SECOND = 8000;
const WINDOW_BYTES = 256 * 1024;

type Samples = { codec: string; sampleRate: number; blockBytes: number; channels: number };

/** How loud samples `from` to `to` are, all channels together: speakers may have one each. */
export async function measureWav(
  read: RangeReader,
  { codec, sampleRate, blockBytes, channels }: Samples,
  dataOffset: number,
  from: number,
  to: number,
): Promise<Loudness> {
  const loudness = createLoudness(from / sampleRate, to / sampleRate);
  const magnitude = magnitudeOf(codec);
  const sampleBytes = blockBytes / channels;
  const stride = Math.max(1, Math.floor(sampleRate / LOOKS_PER_SECOND)) * blockBytes;
  const stepBytes = sampleRate * STEP_SECONDS * blockBytes;
  const start = dataOffset + from * blockBytes;
  const end = dataOffset + to * blockBytes;
  const window = openWindow(read, end, WINDOW_BYTES);
  try {
    for (let offset = start; offset + blockBytes <= end; ) {
      await window.move(offset);
      const view = new DataView(window.bytes.buffer, window.bytes.byteOffset, window.bytes.byteLength);
      let at = 0;
      for (; at + blockBytes <= view.byteLength; at += stride) {
        const step = Math.floor((offset + at - start) / stepBytes);
        for (let sample = at; sample < at + blockBytes; sample += sampleBytes) {
          loudness.levels[step] = (loudness.levels[step] ?? 0) + magnitude(view, sample) ** 2;
        }
      }
      offset += at;
    }
  } finally {
    await window.close();
  }
  return loudness;
}

/** Of a sample as the probe names its codec; 1 is full scale, or near it. */
function magnitudeOf(codec: string): (view: DataView, at: number) => number {
  switch (codec) {
    case "pcm-u8":
      return (view, at) => (view.getUint8(at) - 128) / 128;
    case "pcm-s16":
      return (view, at) => view.getInt16(at, true) / 2 ** 15;
    case "pcm-s24":
      return (view, at) => view.getInt16(at + 1, true) / 2 ** 15; // the lowest byte is noise
    case "pcm-s32":
      return (view, at) => view.getInt32(at, true) / 2 ** 31;
    case "pcm-f32":
      return (view, at) => toFinite(view.getFloat32(at, true));
    case "pcm-f64":
      return (view, at) => toFinite(view.getFloat64(at, true));
    case "ulaw":
      return (view, at) => (~view.getUint8(at) & 0x7f) / 127; // a logarithm, which is as good for comparing
    case "alaw":
      return (view, at) => ((view.getUint8(at) ^ 0x55) & 0x7f) / 127;
    default:
      throw new Error(`${codec} samples are not known`);
  }
}

/** Float files may hold anything. */
function toFinite(value: number): number {
  return Number.isFinite(value) ? Math.max(-1, Math.min(1, value)) : 1;
}
