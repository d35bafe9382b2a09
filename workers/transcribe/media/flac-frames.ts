import {
  type FlacHeader,
  MAX_HEADER_BYTES,
  readFlacHeader,
  type StreamInfo,
} from "../../../shared/flac/frame-header.ts";
import { openWindow } from "./byte-window.ts";
import type { RangeReader } from "./range-reader.ts";

export type FlacFrame = {
  offset: number;
  /** Number of its first sample, by the frame's own count. */
  sample: number;
  /** Samples. */
  blockSize: number;
};

/** Candidates remembered while two in a row are looked for. */
const MAX_PENDING = 16;

/**
 * The frames whose headers lie in `bytes`. A header is believed when the number in it continues another's: what looks
 * like one inside a frame passes the CRC-8 once in 256 times, and never counts on.
 * @param base where `bytes` start in the recording
 */
export function findFlacFrames(bytes: Uint8Array, base: number, info: StreamInfo): FlacFrame[] {
  const found: { frame: FlacFrame; before: number; length: number }[] = [];
  /** The end of the longest chain that would be continued by a sample number. */
  const chains = new Map<number, number>();
  let best = -1;
  for (let at = bytes.indexOf(0xff); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    const header = readFlacHeader(bytes, at, info);
    if (!header) continue;
    const frame = toFrame(header, base + at, info);
    const before = chains.get(frame.sample) ?? -1;
    const length = (found[before]?.length ?? 0) + 1;
    found.push({ frame, before, length });
    const index = found.length - 1;
    const rival = found[chains.get(nextOf(frame, header, info)) ?? -1];
    if (!rival || rival.length <= length) chains.set(nextOf(frame, header, info), index);
    if (length > (found[best]?.length ?? 1)) best = index;
  }
  const chain: FlacFrame[] = [];
  for (let entry = found[best]; entry; entry = found[entry.before]) chain.push(entry.frame);
  return chain.reverse();
}

/**
 * Visits the frames between two offsets in order, at which a frame starts and ends. A frame counts when its number
 * continues the one before, or when another's continues its own, so that the walk goes on where files were joined.
 */
export async function walkFlac(
  { read, info }: { read: RangeReader; info: StreamInfo },
  from: number,
  to: number,
  visit: (frame: FlacFrame) => void,
): Promise<void> {
  const window = openWindow(read, to);
  let expected = -1;
  let pending: { frame: FlacFrame; next: number }[] = [];

  function consider(header: FlacHeader, offset: number): void {
    const frame = toFrame(header, offset, info);
    const next = nextOf(frame, header, info);
    if (frame.sample !== expected && offset !== from) {
      const before = pending.find((other) => other.next === frame.sample);
      if (!before) {
        pending.push({ frame, next });
        if (pending.length > MAX_PENDING) pending.shift();
        return;
      }
      visit(before.frame);
    }
    visit(frame);
    expected = next;
    pending = [];
  }

  try {
    for (let offset = from; offset < to; ) {
      await window.move(offset);
      const { bytes, isLast } = window;
      const limit = isLast ? bytes.length : bytes.length - MAX_HEADER_BYTES;
      let at = bytes.indexOf(0xff);
      for (; at !== -1 && at < limit; at = bytes.indexOf(0xff, at + 1)) {
        const header = readFlacHeader(bytes, at, info);
        if (header) consider(header, offset + at);
      }
      offset += at === -1 ? bytes.length : Math.max(at, limit);
      if (isLast) return;
    }
  } finally {
    await window.close();
  }
}

function toFrame({ number, blockSize, isVariable }: FlacHeader, offset: number, info: StreamInfo): FlacFrame {
  return { offset, sample: isVariable ? number : number * info.maxBlock, blockSize };
}

/** The first sample of the frame that follows. Only the last of a fixed-size stream is shorter than the others. */
function nextOf(frame: FlacFrame, header: FlacHeader, info: StreamInfo): number {
  return frame.sample + (header.isVariable ? header.blockSize : info.maxBlock);
}
