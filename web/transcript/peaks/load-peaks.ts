import type { Job } from "../../api/diarist.ts";
import { openFrames } from "./frames.ts";
import { loudestOf, Peaks, SLOTS, slotsCoarseFirst } from "./peaks.ts";
import { RangeReader, TooManyBytesError } from "./range-reader.ts";

/** So short a recording is read and decoded whole: the picture is exact then. */
const WHOLE_BYTES = 3 * 1024 * 1024;
const WHOLE_SECONDS = 180;
/** What is drawn again and again need not be exact in pitch. */
export const SAMPLE_RATE = 8000;
const AT_ONCE = 4;
/** After so many pieces that cannot be decoded, and none that can, the browser does not know the format. */
const ENOUGH_FAILURES = 6;

/** Tells how loud the recording is around a moment, a share of its whole length; null: it cannot be told there. */
export type Listen = (share: number) => Promise<number | null>;

export class CannotDecodeError extends Error {
  override name = "CannotDecodeError";
}

/**
 * Finds how loud a recording is along its length, from pieces of it: at most 12 MB are fetched, whatever its length.
 * @param onPeaks is told each time there is more to be seen.
 * @throws CannotDecodeError when this browser does not know the format
 */
export async function loadPeaks(
  url: string,
  { bytes, duration, container }: Job["audio"],
  onPeaks: (peaks: Peaks) => void,
  signal: AbortSignal,
): Promise<void> {
  if (bytes === null || duration === null || duration <= 0) return;
  const reader = new RangeReader(url, signal);
  const slots = new Float32Array(SLOTS).fill(Number.NaN);
  if (bytes <= WHOLE_BYTES && duration <= WHOLE_SECONDS) {
    const sound = await decode(await reader.read(0, bytes)).catch(() => null);
    if (!sound) throw new CannotDecodeError("This browser cannot decode the recording.");
    for (let slot = 0; slot < SLOTS; slot++) {
      const from = Math.floor((slot / SLOTS) * sound.length);
      slots[slot] = loudestOf(
        sound.subarray(from, Math.max(from + 1, Math.floor(((slot + 1) / SLOTS) * sound.length))),
      );
    }
    onPeaks(new Peaks(slots));
    return;
  }

  const { listen, atOnce } = await openListener(reader, { bytes, duration, container });
  const order = slotsCoarseFirst(SLOTS);
  let [heard, failed] = [0, 0];
  const work = async () => {
    for (let slot = order.shift(); slot !== undefined; slot = order.shift()) {
      signal.throwIfAborted();
      try {
        const loud = await listen((slot + 0.5) / SLOTS);
        if (loud === null) failed++;
        else {
          slots[slot] = loud;
          // Not at every one: each is a drawing of the whole picture.
          if (++heard % 16 === 0) onPeaks(new Peaks(slots.slice()));
        }
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof TooManyBytesError) return;
        failed++;
      }
      if (heard === 0 && failed >= ENOUGH_FAILURES) {
        throw new CannotDecodeError("This browser cannot decode the recording.");
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  onPeaks(new Peaks(slots));
}

type Facts = { bytes: number; duration: number; container: string | null };

/** What is a row of frames can be entered anywhere; all else has an index of its own, which Mediabunny reads. */
async function openListener(reader: RangeReader, facts: Facts): Promise<{ listen: Listen; atOnce: number }> {
  const { container } = facts;
  if (container === "mp3" || container === "aac" || container === "flac") {
    return { listen: await openFrames(reader, { ...facts, container }, decode), atOnce: AT_ONCE };
  }
  const { openPackets } = await import("./packets.ts");
  return { listen: await openPackets(reader, facts), atOnce: 1 };
}

/** The first channel. The browser decodes on a thread of its own. */
async function decode(bytes: Uint8Array<ArrayBuffer>): Promise<Float32Array> {
  const context = new OfflineAudioContext(1, 1, SAMPLE_RATE);
  return (await context.decodeAudioData(bytes.buffer)).getChannelData(0);
}
