import type { Job } from "../../api/diarist.ts";
import { openFrames } from "./frames.ts";
import { fillSlots, Peaks, SLOTS, slotsCoarseFirst } from "./peaks.ts";
import { RangeReader, TooManyBytesError } from "./range-reader.ts";
import { CannotDecodeError, type Listen, type Sound } from "./sound.ts";

/** A recording this short is decoded whole: then the picture is exact. */
const WHOLE_SECONDS = 180;
/** A low rate is enough for drawing. */
const SAMPLE_RATE = 8000;
const AT_ONCE = 4;
/** A piece that misses its moment shows where that is: a second pass finds most of them. */
const LOOKS = 2;
/** After this many failures and no success, the browser does not support the format. */
const ENOUGH_FAILURES = 6;
/** Draws after this many pieces, since each time the whole picture is drawn. */
const SHOWN_EVERY = 16;

/**
 * Measures the loudness along a recording from pieces of it: at most 12 MB are loaded, whatever its length.
 * @param onPeaks called each time there is more to show
 * @throws CannotDecodeError when this browser does not support the format
 */
export async function loadPeaks(
  url: string,
  { bytes, duration, container }: Job["audio"],
  onPeaks: (peaks: Peaks) => void,
  signal: AbortSignal,
): Promise<void> {
  if (bytes === null || duration === null || duration <= 0) return;
  const reader = new RangeReader(url, bytes, signal);
  const slots = new Float32Array(SLOTS).fill(Number.NaN);
  const { listen, atOnce } = await openListener(reader, { bytes, duration, container });

  const order = Array.from({ length: LOOKS }, () => slotsCoarseFirst(SLOTS)).flat();
  let [heard, failed] = [0, 0];
  const work = async () => {
    for (let slot = order.shift(); slot !== undefined; slot = order.shift()) {
      if (!Number.isNaN(slots[slot])) continue;
      signal.throwIfAborted();
      try {
        const sound = await listen(((slot + 0.5) / SLOTS) * duration);
        if (!sound) continue;
        fillSlots(slots, sound, duration);
        if (++heard % SHOWN_EVERY === 0) onPeaks(new Peaks(slots.slice()));
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof TooManyBytesError) return;
        if (error instanceof TypeError) throw error; // the connection broke
        failed++;
      }
      if (heard === 0 && failed >= ENOUGH_FAILURES) throw new CannotDecodeError();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  if (heard === 0) throw new CannotDecodeError();
  onPeaks(new Peaks(slots));
}

type Facts = { bytes: number; duration: number; container: string | null };

/** Sequences of frames can be decoded from anywhere. All other formats have an index, which Mediabunny reads. */
async function openListener(reader: RangeReader, facts: Facts): Promise<{ listen: Listen; atOnce: number }> {
  const { container, bytes, duration } = facts;
  if (reader.isWhole && duration <= WHOLE_SECONDS) {
    const whole = await reader.read(0, bytes);
    // What the browser cannot decode as a file it may still decode packet by packet.
    const sound = await decode(whole.slice()).catch(() => null);
    if (sound) return { listen: async () => ({ ...sound, start: 0 }), atOnce: 1 };
  }
  if (container === "mp3" || container === "aac" || container === "flac") {
    return { listen: await openFrames(reader, { bytes, duration, container }, decode), atOnce: AT_ONCE };
  }
  const { openPackets } = await import("./packets.ts");
  return { listen: await openPackets(reader, { bytes, duration }), atOnce: 1 };
}

/** The browser decodes on its own thread. The bytes are detached afterwards. */
async function decode(bytes: Uint8Array<ArrayBuffer>): Promise<Omit<Sound, "start">> {
  const context = new OfflineAudioContext(1, 1, SAMPLE_RATE);
  const samples = (await context.decodeAudioData(bytes.buffer)).getChannelData(0);
  return { samples, sampleRate: SAMPLE_RATE };
}
