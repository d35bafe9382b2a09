import { failure } from "../../../shared/failure.ts";
import type { Container, MediaFacts } from "../media/container.ts";
import { contentTypeOf } from "../media/content-types.ts";
import { type RangeReader, readRangesOf } from "../media/range-reader.ts";
import { isChained } from "../probe/ogg-facts.ts";
import { CannotCut } from "./cannot-cut.ts";
import { containerFor } from "./copy-audio-track.ts";
import type { CutLimits, CutPlan } from "./plan.ts";
import { planAdts } from "./plan-adts.ts";
import { planFlac } from "./plan-flac.ts";
import { planMpeg } from "./plan-mpeg.ts";
import { planTrack } from "./plan-track.ts";
import { planWav } from "./plan-wav.ts";
import { fitLimits } from "./seams.ts";

export type RecordingFacts = Pick<MediaFacts, "container" | "codec" | "duration"> & { bytes: number };

/**
 * Where a recording is to be cut, so that the parts, each decoded for itself, are the recording: a part's `start` is
 * where its first sample lies to within a millisecond. Nothing is decoded; WAV, MP3, ADTS and FLAC are looked at by
 * parsers of our own, because mediabunny keeps every frame of theirs in memory.
 * @throws CannotCut for a chained Ogg, and for a container whose damage the probe did not see; RangeError when the limits contradict one another; Error when the audio cannot be read after all
 */
export async function planCuts(
  bucket: R2Bucket,
  key: string,
  facts: RecordingFacts,
  limits: CutLimits,
): Promise<CutPlan> {
  const fitted = fitLimits(limits, facts.bytes, facts.duration);
  const { container, codec, bytes } = facts;
  const target = targetOf(container, codec);
  const common = { version: 1 as const, container, codec, bytes, target, contentType: contentTypeOf(target) };
  const read: RangeReader = readRangesOf(bucket, key);
  switch (container) {
    case "wav":
      return { ...common, kind: "wav", ...(await planWav(read, bytes, fitted)) };
    case "mp3":
      return { ...common, kind: "mpeg", ...(await planMpeg(read, bytes, fitted)) };
    case "aac":
      return { ...common, kind: "adts", ...(await planAdts(read, bytes, fitted)) };
    case "flac":
      return { ...common, kind: "flac", ...(await planFlac(read, bytes, fitted)) };
    default:
      if (await isChained(read, bytes)) {
        const what =
          "The Ogg file is several recordings one behind another, too long to be sent in one piece";
        const message = `${what}: join them first, for instance with ffmpeg -i recording.ogg joined.ogg.`;
        throw new CannotCut(failure("unsupported_format", message));
      }
      return { ...common, kind: "track", ...(await planTrack(bucket, key, facts, fitted)) };
  }
}

/** ADTS stays what it is; the rest goes where its codec is at home. */
function targetOf(container: Container, codec: string): Container {
  const target = container === "aac" ? container : containerFor(codec);
  if (!target) throw new Error(`${codec} cannot be copied out of ${container}`);
  return target;
}
