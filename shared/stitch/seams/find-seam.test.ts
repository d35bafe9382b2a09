import { describe, expect, test } from "vitest";
import { heardPart } from "../../../tests/support/audio/heard-part.ts";
import { joinAll, stitchParts } from "../../../tests/support/audio/stitch-parts.ts";

/** The text of two parts, 0 to 30 and 20 to 50, which overlap for ten seconds. */
function textOf(first: string, second: string): string {
  const parts = [heardPart(0, 30, first), heardPart(20, 50, second)];
  return stitchParts(parts, joinAll(parts).joins, []).transcript.text;
}

function seamTime(first: string, second: string): number | undefined {
  return joinAll([heardPart(0, 30, first), heardPart(20, 50, second)]).joins[0]?.seam.time;
}

describe("what both parts have heard is there once", () => {
  test("when they agree", () => {
    expect(textOf("a@15 b@22 c@25 d@28", "b@22 c@25 d@28 e@35")).toBe("a b c d e");
  });

  test("when times differ by half a second", () => {
    expect(textOf("a@15 b@22.5 c@23 d@23.5 e@24", "b@22 c@22.5 d@23 e@23.5 f@35")).toBe("a b c d e f");
  });

  test("when case and punctuation differ", () => {
    expect(textOf("a@15 Well@23 yes.@24 No@25", "well,@23 Yes@24 no!@25 f@35")).toMatch(
      /^a well,? yes\.? no!? f$/i,
    );
  });

  test("when one hears a word as another", () => {
    const text = textOf("a@15 one@22 flour@24 two@26", "one@22 flower@24 two@26 f@35");
    expect(text).toMatch(/^a one (flour|flower) two f$/);
  });

  test("when one hears a word in two pieces", () => {
    const text = textOf("a@15 one@22 air@24 port@24.3 two@26", "one@22 airport@24 two@26 f@35");
    expect(text).toMatch(/^a one (air port|airport) two f$/);
  });

  test("when one hears two words as one", () => {
    const text = textOf("a@15 one@22 allright@24 two@26", "one@22 all@24 right@24.3 two@26 f@35");
    expect(text).toMatch(/^a one (allright|all right) two f$/);
  });

  test("when the only pause is between the pieces of a word", () => {
    const hasty = (from: number, to: number) =>
      Array.from(
        { length: Math.round((to - from) / 0.3) },
        (_, n) => `w${Math.round(10 * from + 3 * n)}@${from + n * 0.3}`,
      ).join(" ");
    const text = textOf(
      `${hasty(17, 24)} re@24.2 member@25.6 ${hasty(26, 29)}`,
      `${hasty(20, 24)} remember@25.5 ${hasty(26, 34)}`,
    );
    expect(text).toMatch(/ w236 (re member|remember) w260 /);
  });

  test("when a word is said again and again, and one part is a second off", () => {
    expect(textOf("a@15 no@22 no@23 no@24 b@25", "no@22.9 no@23.9 no@24.9 b@25.9 f@35")).toBe(
      "a no no no b f",
    );
  });

  test("when a word is cut in two by either part's edge", () => {
    const first = "a@15 holiday@19.9 b@22 c@25 d@28 remem@29.8";
    const second = "day@20 b@22 c@25 d@28 remember@29.8 f@35";
    expect(textOf(first, second)).toBe("a holiday b c d remember f");
  });
});

describe("what one part has missed is taken from the other", () => {
  test("before the seam and behind it", () => {
    const first = "a@15 b@21 c@22 d@23 e@24 g@26 h@27 i@28";
    const second = "b@21 d@23 e@24 f@25 g@26 h@27 i@28 j@35";
    expect(textOf(first, second)).toBe("a b c d e f g h i j");
  });

  test("with the speaker of the word before, in the segment and the turn of its place", () => {
    const first = heardPart(0, 30, "A: a@15 b@22 d@23 e@24 f@27");
    const second = heardPart(20, 50, "X: b@22 c@22.5 d@23 e@24 f@27 g@35");
    const { joins } = joinAll([first, second]);
    const names = [
      { part: 0, local: "A", speaker: "S" },
      { part: 1, local: "X", speaker: "S" },
    ];
    const { transcript } = stitchParts([first, second], joins, names);
    expect(transcript.words.find(({ word }) => word === "c")).toMatchObject({ start: 22.5, speaker_id: "S" });
    expect(transcript.speaker_segments.map((turn) => turn.text)).toEqual(["a b c d e f g"]);
    expect(transcript.segments.map((segment) => segment.text).join(" ")).toBe("a b c d e f g");
  });

  test("but not a piece of a word that its neighbour has whole", () => {
    const first = "a@15 b@21 air@22 port@22.3 c@23 d@26 e@28";
    const second = "b@21 airport@22 c@23 d@26 e@28 f@35";
    expect(textOf(first, second)).toMatch(/^a b (air port|airport) c d e f$/);
  });

  test("but not where the parts have heard something else altogether", () => {
    const first = "a@15 b@21 la@23 la@23.5 la@24 c@27";
    const second = "b@21 du@23 bi@23.5 du@24 c@27 f@35";
    expect(textOf(first, second)).toMatch(/^a b (la la la|du bi du) c f$/);
  });
});

describe("the seam lies", () => {
  test("in the widest gap of the overlap", () => {
    expect(seamTime("a@21 b@21.5 c@24.5 d@25", "a@21 b@21.5 c@24.5 d@25")).toBeCloseTo(23.2, 1);
  });

  test("in the middle of a silent overlap", () => {
    expect(seamTime("a@15", "f@35")).toBe(25);
    expect(textOf("a@15", "f@35")).toBe("a f");
  });

  test("where nothing is lost that only one part has heard", () => {
    expect(textOf("a@15 b@22 c@23", "x@26 y@27 f@35")).toBe("a b c x y f");
    expect(textOf("a@15", "x@22 y@27 f@35")).toBe("a x y f");
    expect(textOf("a@15 b@22 c@27", "f@35")).toBe("a b c f");
  });

  test("between parts that only touch, or have a gap between them", () => {
    for (const start of [30, 31]) {
      const parts = [heardPart(0, 30, "a@15 b@29"), heardPart(start, 60, "c@31.5 d@40")];
      expect(stitchParts(parts, joinAll(parts).joins, []).transcript.text).toBe("a b c d");
    }
  });
});

test("music that both parts take for looping words is no worse than one of them", () => {
  const loop = (from: number, to: number, word: string) =>
    Array.from({ length: to - from }, (_, n) => `${word}@${from + n}`).join(" ");
  const text = textOf(`a@10 ${loop(16, 30, "you")}`, `${loop(20, 34, "Thank")} f@40`);
  expect(text.startsWith("a you")).toBe(true);
  expect(text.endsWith("Thank f")).toBe(true);
  expect(text.split(" ").length).toBeLessThanOrEqual(2 + 14 + 14);
});
