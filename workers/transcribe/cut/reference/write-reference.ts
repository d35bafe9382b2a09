import { readRangesOf } from "../../media/range-reader.ts";
import type { CutPlan } from "../plan.ts";
import { putPieces } from "../put-pieces.ts";
import type { TimeRange } from "../time-range.ts";
import type { ReferenceAudio, ReferencePieces } from "./reference.ts";
import { writeFlacReference } from "./reference-flac.ts";
import { adtsReference, mpegReference, wavReference } from "./reference-frames.ts";
import { writeTrackReference } from "./reference-track.ts";

/**
 * Makes one small audio object of several ranges of a recording, one after another, without decoding. It holds a little
 * more than was asked for, as packets are whole and some only bring the decoder into its state: `places` tells where
 * the ranges are in it, to 30 ms.
 * @param ranges in seconds of the recording; in any order, they may touch or overlap
 */
export async function writeReference(
  bucket: R2Bucket,
  key: string,
  plan: CutPlan,
  ranges: TimeRange[],
  targetKey: string,
): Promise<ReferenceAudio> {
  const { target: container, contentType } = plan;
  const read = readRangesOf(bucket, key);
  const wanted = ranges.map(({ start, end }) => ({
    start: Math.max(0, start),
    end: Math.min(plan.duration, end),
  }));
  const put = async ({ pieces, ...facts }: ReferencePieces) => ({
    bytes: await putPieces(bucket, key, targetKey, contentType, pieces),
    ...facts,
  });
  const made = async () => {
    switch (plan.kind) {
      case "wav":
        return put(wavReference(plan, wanted));
      case "adts":
        return put(await adtsReference(read, plan, wanted));
      case "mpeg":
        return put(await mpegReference(read, plan, wanted));
      case "flac":
        return writeFlacReference(bucket, read, plan, wanted, targetKey);
      case "track":
        return writeTrackReference(bucket, key, plan, wanted, targetKey);
    }
  };
  return { container, contentType, ...(await made()) };
}
