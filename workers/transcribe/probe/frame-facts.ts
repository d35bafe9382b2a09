import { type Failure, failure } from "../../../shared/failure.ts";
import { err, ok, type Result } from "../../../shared/result.ts";
import { walkAdtsFrom } from "../media/adts-stream.ts";
import type { MediaFacts } from "../media/container.ts";
import { measureFlac } from "../media/flac-order.ts";
import { openFlac } from "../media/flac-stream.ts";
import { measureDuration } from "../media/measure-duration.ts";
import { skipTags, walkMpegFrom } from "../media/mpeg-stream.ts";
import { type RangeReader, readBytes } from "../media/range-reader.ts";

/** Frames in a row that are no accident: at the start of a file, and anywhere in it. */
const FRAMES_AT_FRONT = 3;
const FRAMES_BEHIND_JUNK = 16;
/** They all lie in this much. */
const FRONT_BYTES = 64 * 1024;
/** How far into a file that is nothing else frames are looked for. */
const JUNK_BYTES = 64 * 1024 * 1024;
/** Of FLAC, at the end, that nobody misses. */
const TOLERATED_FRAMES = 2;

type FrameKind = Pick<MediaFacts, "channels" | "sampleRate"> & { container: "mp3" | "aac" };

/**
 * The facts of a recording that is frames and nothing else: MP3, ADTS or FLAC. Null when it is something else.
 * @param mayStartLate whether junk may stand in front
 */
export async function readFrameFacts(
  read: RangeReader,
  bytes: number,
  mayStartLate: boolean,
): Promise<Result<MediaFacts, Failure> | null> {
  // Frames behind a RIFF header are those of a video.
  if (mayStartLate && (await startsWith(read, bytes, "RIFF"))) return null;
  const flac = mayStartLate ? null : await readFlacFacts(read, bytes);
  if (flac) return flac;
  const kind = await findFrames(read, bytes, mayStartLate);
  if (!kind) return null;
  const duration = await measureDuration(read, bytes, kind.container);
  if (!(duration > 0)) {
    return err(failure("upload_corrupt", `The ${kind.container} file holds no audio frames.`));
  }
  return ok({ ...kind, codec: kind.container, duration });
}

async function readFlacFacts(read: RangeReader, bytes: number): Promise<Result<MediaFacts, Failure> | null> {
  const stream = await openFlac(read, bytes);
  if (!stream) return null;
  const { total, maxBlock, sampleRate, channels } = stream.info;
  const { samples, isOrdered } = await measureFlac(stream);
  if (samples === 0) return err(failure("upload_corrupt", "The flac file holds no audio frames."));
  if (isOrdered && samples < total - TOLERATED_FRAMES * maxBlock) {
    const says = (total / sampleRate).toFixed(1);
    return err(failure("upload_corrupt", `The flac file says ${says} s, but is cut off before its end.`));
  }
  return ok({ container: "flac", codec: "flac", duration: samples / sampleRate, channels, sampleRate });
}

async function findFrames(
  read: RangeReader,
  bytes: number,
  mayStartLate: boolean,
): Promise<FrameKind | null> {
  const start = await skipTags(read, bytes);
  const end = Math.min(bytes, start + (mayStartLate ? JUNK_BYTES : FRONT_BYTES));
  const range = { offset: start, seconds: 0, end };
  const mpeg = createRun(start, bytes, mayStartLate);
  await walkMpegFrom(read, range, ({ header: { channels, sampleRate }, offset, length }) => {
    return mpeg.add(offset, length, { container: "mp3", channels, sampleRate });
  });
  if (mpeg.found()) return mpeg.found();
  const adts = createRun(start, bytes, mayStartLate);
  await walkAdtsFrom(read, range, ({ header, offset, length }) => {
    return adts.add(offset, length, { container: "aac", ...header });
  });
  return adts.found();
}

/** Counts frames that lie one behind another, until there are enough of them. */
function createRun(start: number, bytes: number, mayStartLate: boolean) {
  const enough = mayStartLate ? FRAMES_BEHIND_JUNK : FRAMES_AT_FRONT;
  let expected = start;
  let count = 0;
  let kind: FrameKind | null = null;
  return {
    add(offset: number, length: number, found: FrameKind): false | undefined {
      if (offset !== expected) {
        if (!mayStartLate) return false;
        count = 0;
      }
      count++;
      expected = offset + length;
      const isWhole = !mayStartLate && expected === bytes; // too short for more proof
      if (count >= enough || isWhole) kind = found;
      return kind ? false : undefined;
    },
    found: () => kind,
  };
}

async function startsWith(read: RangeReader, bytes: number, text: string): Promise<boolean> {
  const head = await readBytes(read, 0, Math.min(bytes, text.length));
  return String.fromCharCode(...head) === text;
}
