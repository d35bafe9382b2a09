import {
  flacHead,
  patchStreamInfo,
  readFlacHeader,
  type StreamInfo,
} from "../../../shared/flac/frame-header.ts";
import { createObjectWriter } from "../../../shared/storage/object-writer.ts";
import { renumberFlac } from "../media/frames/flac-renumber.ts";
import { placeOf, type TimeRange } from "./time-range.ts";

/** A whole frame, and when it plays in the recording, in seconds. */
export type PlayedFlac = { bytes: Uint8Array; start: number };

/**
 * Writes the frames of each range one after another with numbers that count through: decoders find their place by
 * them. Damaged frames are left out.
 */
export async function writeFlacFrames(
  bucket: R2Bucket,
  target: { key: string; contentType: string },
  { info, streamInfo }: { info: StreamInfo; streamInfo: Uint8Array },
  wanted: TimeRange[],
  framesOf: (range: TimeRange) => AsyncIterable<PlayedFlac>,
): Promise<{ bytes: number; duration: number; places: TimeRange[] }> {
  const { writable, finished } = createObjectWriter(bucket, target.key, target.contentType);
  const writer = writable.getWriter();
  const places: TimeRange[] = [];
  let position = 0;
  let samples = 0;
  let count = 0;

  async function append(data: Uint8Array): Promise<void> {
    await writer.write({ position, data });
    position += data.length;
  }

  try {
    await append(flacHead(streamInfo));
    for (const range of wanted) {
      const at = samples / info.sampleRate;
      let heardFrom: number | null = null;
      let heardTo = 0;
      for await (const { bytes, start } of framesOf(range)) {
        const header = readFlacHeader(bytes, 0, info);
        // Only a stream's last frame may be shorter than the others, and this one would stand in the middle.
        if (!header || (!header.isVariable && header.blockSize !== info.maxBlock)) continue;
        const made = renumberFlac(bytes, header.isVariable ? samples : count, info);
        if (!made) continue;
        await append(made);
        samples += header.blockSize;
        count++;
        heardFrom ??= start;
        heardTo = start + header.blockSize / info.sampleRate;
      }
      places.push(
        heardFrom === null ? { start: at, end: at } : placeOf(range, { start: heardFrom, end: heardTo }, at),
      );
    }
    await writer.write({ position: 0, data: flacHead(patchStreamInfo(streamInfo, samples)) });
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => {});
    throw error;
  }
  return { ...(await finished), duration: samples / info.sampleRate, places };
}
