import { walkAdts } from "../media/adts-stream.ts";
import type { RangeReader } from "../media/range-reader.ts";
import { createFrameCutter } from "./frame-cutter.ts";
import type { AdtsPlan, CutLimits } from "./plan.ts";

/** Cuts between frames. The first one of a part fades in, as ADTS has no word for "not to be heard". */
export async function planAdts(
  read: RangeReader,
  bytes: number,
  limits: CutLimits,
): Promise<Pick<AdtsPlan, "duration" | "parts" | "marks">> {
  const cutter = createFrameCutter(limits);
  const { first, duration } = await walkAdts(read, bytes, ({ offset, length, start, end }) => {
    cutter.add(offset, length, start, end, 0);
  });
  if (!first) throw new Error("there is no ADTS frame");
  const { parts, marks } = cutter.finish(duration);
  return {
    duration,
    marks,
    parts: parts.map(({ n, start, end, ranges }) => ({ n, start, end, ranges })),
  };
}
