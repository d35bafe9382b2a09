import {
  type EncodedPacket,
  EncodedPacketSink,
  type Input,
  type InputAudioTrack,
  type InputFormat,
  MATROSKA,
  MP4,
  OGG,
  QTFF,
  WEBM,
} from "mediabunny";
import { type Failure, failure } from "../../../shared/failure.ts";
import { err, ok, type Result } from "../../../shared/result.ts";
import type { Container, MediaFacts } from "../media/container.ts";
import { readRange, StorageError, withMedia } from "../media/open-media.ts";
import { type RangeReader, readBytes, readRangesOf } from "../media/range-reader.ts";
import { readTimeline } from "../media/timeline.ts";
import { readWavHeader } from "../media/wav-header.ts";
import { readFrameFacts } from "./frame-facts.ts";
import { readMissingEnd } from "./missing-end.ts";
import { id3Bytes, PROMISE_BYTES, readPromisedBytes } from "./mp3-header.ts";
import { readOggFacts } from "./ogg-facts.ts";
import { sniff } from "./sniff.ts";

const CONTAINERS = new Map<InputFormat, Container>([
  [MP4, "mp4"],
  [QTFF, "mov"],
  [WEBM, "webm"],
  [MATROSKA, "mkv"],
  [OGG, "ogg"],
]);

/** In these the header may know the length only roughly, or not at all: the frames are counted. */
const COUNTED: Container[] = ["ogg", "webm"];

const HEAD_BYTES = 65_536;
/** Tools that edit tags leave an MP3's own byte count a little wrong. */
const TOLERATED_LOSS = 0.01;

/**
 * What a stored file is: container, codec, length. Reads by ranges, never the whole file at once.
 * Anything that is not audio we can send is a failure with what was found.
 */
export async function readMediaFacts(
  bucket: R2Bucket,
  key: string,
  bytes: number,
): Promise<Result<MediaFacts, Failure>> {
  const head = await readRange(bucket, key, 0, Math.min(bytes, HEAD_BYTES));
  const found = sniff(head);
  if (found.kind === "refused") {
    return err(failure("unsupported_format", `The file is ${found.what}.`));
  }
  const read = readBehind(head, readRangesOf(bucket, key));
  if (found.kind === "wav") {
    const wav = await readWavHeader((offset, length) => readBytes(read, offset, length), bytes);
    if (!wav.ok) return wav;
    const { codec, duration, channels, sampleRate } = wav.value;
    return ok({ container: "wav", codec, duration, channels, sampleRate });
  }
  // A picture in the tag may be larger than the head; of a file that ends inside its tag, the first byte is missing.
  const start = id3Bytes(head);
  const left = bytes - start;
  const promised =
    left > 0 ? readPromisedBytes(await readBytes(read, start, Math.min(PROMISE_BYTES, left))) : 1;
  if (promised !== null && start + promised * (1 - TOLERATED_LOSS) > bytes) {
    const what = `it should have ${start + promised} bytes, but is cut off after ${bytes}`;
    return err(failure("upload_corrupt", `The MP3 is damaged: ${what}.`));
  }
  const missing = readMissingEnd(head, bytes);
  if (missing > 0) {
    const message = `The Matroska or WebM file is cut off: the last ${missing} bytes of it are missing.`;
    return err(failure("upload_corrupt", message));
  }
  return (
    (await readFrameFacts(read, bytes, false)) ??
    (await readOggFacts(read, bytes)) ??
    (await withMedia(bucket, key, bytes, (input) => readInput(input, bytes))) ??
    (await readFrameFacts(read, bytes, true)) ??
    err(failure("unsupported_format", `The file of ${bytes} bytes is in no audio format that is known.`))
  );
}

/** Mostly what is asked for has been read already. */
function readBehind(head: Uint8Array, read: RangeReader): RangeReader {
  return async (offset, length) =>
    offset + length <= head.byteLength ? head.subarray(offset, offset + length) : read(offset, length);
}

/** Null when it is no container that the demuxer knows. */
async function readInput(input: Input, bytes: number): Promise<Result<MediaFacts, Failure> | null> {
  let container: Container | undefined;
  try {
    if (!(await input.canRead())) return null;
    container = CONTAINERS.get(await input.getFormat());
    const audio = await input.getPrimaryAudioTrack();
    const hasVideo = (await input.getPrimaryVideoTrack()) !== null;
    if (!container || !audio) return err(withoutAudio(container, hasVideo));
    const codec = await audio.getCodec();
    if (!codec) {
      return err(failure("unsupported_format", `The audio codec inside the ${container} file is not known.`));
    }
    const empty = err(failure("upload_corrupt", `The ${container} file holds no audio frames.`));
    const said = await measure(audio, container);
    if (!(said > 0)) return empty;
    const last = await lastPacket(audio, said);
    if (!last) {
      const message = `The ${container} file says ${said.toFixed(1)} s, but is cut off before its end.`;
      return err(failure("upload_corrupt", message));
    }
    // Matroska tells how long the whole file is, and the picture may go on when the sound has ended.
    const end = container === "mkv" ? Math.min(said, last.timestamp + last.duration) : said;
    const duration = end - (await readTimeline(audio)).start;
    if (!(duration > 0)) return empty;
    return ok({
      container: container === "mp4" && !hasVideo ? "m4a" : container,
      codec,
      duration,
      channels: await audio.getNumberOfChannels(),
      sampleRate: await audio.getSampleRate(),
    });
  } catch (error) {
    // A parser that stumbles says something about the file, not about us; storage errors are told apart here.
    if (error instanceof StorageError) throw error.cause;
    if (!container) return null;
    const message = `The ${container} file of ${bytes} bytes is damaged: it cannot be read.`;
    return err(failure("upload_corrupt", message));
  }
}

function withoutAudio(container: Container | undefined, hasVideo: boolean): Failure {
  if (hasVideo) return failure("no_audio_track", `The ${container} file has video but no audio track.`);
  if (container === "mp4" || container === "mov") {
    return failure(
      "upload_corrupt",
      `The ${container} file has no tracks: its index is missing, it is cut off.`,
    );
  }
  return failure("no_audio_track", `The ${container ?? "media"} file has no audio track that can be read.`);
}

async function measure(audio: InputAudioTrack, container: Container): Promise<number> {
  if (COUNTED.includes(container)) return audio.computeDuration();
  return (await audio.getDurationFromMetadata()) ?? audio.computeDuration();
}

/** An index at the front may name frames that are not there any more: null when the last one is gone. */
async function lastPacket(audio: InputAudioTrack, end: number): Promise<EncodedPacket | null> {
  const last = await new EncodedPacketSink(audio).getPacket(end);
  return last !== null && last.data.byteLength > 0 ? last : null;
}
