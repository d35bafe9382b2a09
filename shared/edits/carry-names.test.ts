import { describe, expect, test } from "vitest";
import type { SpeakerSegment } from "../transcript/transcript.ts";
import { NameCarrier, voicesOf } from "./carry-names.ts";

const turn = (speaker_id: string, start: number, end: number): SpeakerSegment => ({
  id: start,
  speaker_id,
  start,
  end,
  text: "",
  words: [],
});

/** The names that the second transcript's speakers get from the first one's. */
function carry(
  first: SpeakerSegment[],
  names: Record<string, string>,
  second: SpeakerSegment[],
): Record<string, string> {
  const carrier = new NameCarrier(voicesOf({ speaker_segments: first }, names));
  for (const one of second) carrier.add([one]);
  return carrier.finish();
}

const FIRST = [turn("A", 0, 10), turn("B", 10, 20), turn("A", 20, 30), turn("C", 30, 31)];
const NAMES = { A: "Ada", B: "Bo" };

describe("a name goes with the voice", () => {
  test("and not with the id, which another transcript gives to somebody else", () => {
    const second = [turn("B", 0.4, 9.8), turn("A", 10.1, 20), turn("B", 20, 30), turn("C", 30, 31)];
    expect(carry(FIRST, NAMES, second)).toEqual({ B: "Ada", A: "Bo" });
  });

  test("of two ids that have the same name, as one", () => {
    expect(carry(FIRST, { A: "Ada", C: "Ada" }, [turn("X", 0, 31)])).toEqual({ X: "Ada" });
  });

  test("to one of two who are told apart now: who has most of it", () => {
    expect(carry(FIRST, { A: "Ada" }, [turn("X", 0, 10), turn("Y", 20, 26), turn("X", 26, 30)])).toEqual({
      X: "Ada",
    });
  });

  test("and is given to nobody when nobody has most of the voice", () => {
    const second = [turn("X", 0, 6), turn("Y", 6, 10), turn("Z", 20, 26), turn("Y", 26, 30)];
    expect(carry(FIRST, { A: "Ada" }, second)).toEqual({});
  });

  test("and of two people whom the second transcript takes for one, to that one only once", () => {
    expect(Object.values(carry(FIRST, NAMES, [turn("X", 0, 31)]))).toEqual(["Ada"]);
  });

  test("and none where there are no speakers, or no names", () => {
    expect(carry(FIRST, NAMES, [])).toEqual({});
    expect(carry(FIRST, {}, FIRST)).toEqual({});
  });
});

test("a voice is kept by its longest turns, of which a job has room for a few", () => {
  const turns = Array.from({ length: 500 }, (_, n) => turn("A", n * 100, n * 100 + 1 + (n % 50)));
  const [voice] = voicesOf({ speaker_segments: turns }, { A: "Ada" });
  expect(voice?.places).toHaveLength(20);
  expect(Math.min(...(voice?.places ?? []).map(([start, end]) => end - start))).toBeGreaterThanOrEqual(49);
});
