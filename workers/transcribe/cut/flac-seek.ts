import type { FlacFrame } from "../media/flac-frames.ts";
import { type FlacStream, framesAt } from "../media/flac-stream.ts";

/** A frame's place, or the end's. */
type Anchor = { offset: number; sample: number };

const MAX_STEPS = 40;
/** After this many guesses by proportion every other step halves, so that the search also ends in uneven recordings. */
const GUESSES = 4;
const WINDOWS_ON = 4;

/**
 * The frame that holds `sample`, by the frames' own count; null when the numbers lead nowhere.
 * @param low at or before it
 * @param high after it
 */
export async function seekFlac(
  stream: FlacStream,
  sample: number,
  low: Anchor,
  high: Anchor,
): Promise<FlacFrame | null> {
  for (let step = 0; step < MAX_STEPS; step++) {
    const span = high.offset - low.offset;
    if (span <= stream.windowBytes / 2) return pick(await framesAt(stream, low.offset), sample);
    const isGuess = step < GUESSES || step % 2 === 0;
    const share = isGuess ? (sample - low.sample) / Math.max(1, high.sample - low.sample) : 0.5;
    const aim = low.offset + span * share - (isGuess ? stream.windowBytes / 2 : 0);
    const offset = Math.floor(Math.max(low.offset, Math.min(aim, high.offset - stream.windowBytes / 2)));
    const frames = await framesAt(stream, offset, WINDOWS_ON);
    const first = frames[0];
    const last = frames.at(-1);
    if (!first || !last || first.offset >= high.offset) {
      high = { offset, sample: high.sample }; // nothing but damage from here on
      continue;
    }
    if (first.sample < low.sample || first.sample > high.sample) return null;
    if (sample < first.sample) high = first;
    else if (sample >= last.sample + last.blockSize) low = last;
    else return pick(frames, sample);
  }
  return null;
}

function pick(frames: FlacFrame[], sample: number): FlacFrame | null {
  return frames.findLast((frame) => frame.sample <= sample) ?? frames[0] ?? null;
}
