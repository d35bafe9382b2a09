import { walkAdts } from "./adts-stream.ts";
import { measureFlac } from "./flac-order.ts";
import { openFlac } from "./flac-stream.ts";
import { readMpegPromise, walkMpeg } from "./mpeg-stream.ts";
import type { RangeReader } from "./range-reader.ts";

/**
 * How long a decoder plays a recording, in seconds, to the sample: without what an MP3's encoder says it put in front
 * and behind. Reads an MP3 without a believable Info frame and an ADTS stream whole, and of FLAC some places. 0 when
 * there is no frame.
 */
export async function measureDuration(
  read: RangeReader,
  bytes: number,
  container: "mp3" | "aac" | "flac",
): Promise<number> {
  switch (container) {
    case "mp3": {
      const promised = await readMpegPromise(read, bytes);
      return promised ?? (await walkMpeg(read, bytes, () => {})).duration;
    }
    case "aac":
      return (await walkAdts(read, bytes, () => {})).duration;
    case "flac": {
      const stream = await openFlac(read, bytes);
      return stream ? (await measureFlac(stream)).samples / stream.info.sampleRate : 0;
    }
  }
}
