import { toHex } from "../media/hex.ts";
import type { RangeReader } from "../media/range-reader.ts";
import type { BytePart, CutLimits, WavPlan } from "./plan.ts";
import { roundTime } from "./plan.ts";
import { quietestPlace, reachFor } from "./quiet.ts";
import { seamsOf, spansOf } from "./seams.ts";
import { openWav } from "./wav-file.ts";
import { measureWav } from "./wav-loudness.ts";

/** Cuts between samples, where it is quiet. */
export async function planWav(
  read: RangeReader,
  bytes: number,
  { partSeconds, overlapSeconds }: CutLimits,
): Promise<Pick<WavPlan, "duration" | "parts" | "format" | "sampleRate" | "blockBytes" | "data">> {
  const facts = await openWav(read, bytes);
  const { sampleRate, blockBytes, duration, data } = facts;
  const total = data.bytes / blockBytes;
  const toSample = (seconds: number) => Math.max(0, Math.min(total, Math.round(seconds * sampleRate)));
  const reach = reachFor(partSeconds, overlapSeconds);

  const seams: number[] = [];
  for (const wanted of seamsOf(duration, partSeconds)) {
    const [from, to] = [toSample(wanted - reach), toSample(wanted + reach)];
    seams.push(quietestPlace(await measureWav(read, facts, data.offset, from, to), wanted));
  }
  const parts = spansOf(seams, duration, overlapSeconds).map((span, n): BytePart => {
    const from = toSample(Math.floor(span.start * sampleRate) / sampleRate);
    const to = toSample(Math.ceil(span.end * sampleRate) / sampleRate);
    return {
      n,
      start: roundTime(from / sampleRate),
      end: roundTime(to / sampleRate),
      ranges: [[data.offset + from * blockBytes, data.offset + to * blockBytes]],
    };
  });
  return {
    duration,
    parts,
    format: toHex(facts.format),
    sampleRate,
    blockBytes,
    data: [data.offset, data.offset + data.bytes],
  };
}
