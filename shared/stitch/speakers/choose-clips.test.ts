import { expect, test } from "vitest";
import type { LocalSpeaker, PartDigest } from "../digest-part.ts";
import { chooseClips } from "./choose-clips.ts";

function digestOf(start: number, localSpeakers: LocalSpeaker[]): PartDigest {
  const edge = { from: 0, words: [] };
  return { start, end: start + 1200, words: 100, timed: true, head: edge, tail: edge, localSpeakers };
}

function localSpeaker(local: string, ...clear: [start: number, end: number][]): LocalSpeaker {
  const seconds = clear.reduce((sum, [start, end]) => sum + end - start, 0);
  return { local, seconds, firstAt: 0, clear: clear.map(([start, end]) => ({ start, end })) };
}

function secondsOf(clips: { start: number; end: number }[]): number {
  return clips.reduce((sum, { start, end }) => sum + end - start, 0);
}

test("each local speaker has twelve seconds, out of the middles of its longest stretches, by time", () => {
  const clips = chooseClips([
    digestOf(0, [localSpeaker("A", [100, 140], [20, 50]), localSpeaker("B", [60, 90])]),
  ]);
  expect(clips).toEqual([
    { part: 0, local: "A", start: 32, end: 38 },
    { part: 0, local: "B", start: 69, end: 81 },
    { part: 0, local: "A", start: 117, end: 123 },
  ]);
});

test("a local speaker that says less has all of it, and one that says nothing clear has none", () => {
  const clips = chooseClips([
    digestOf(0, [localSpeaker("A", [10, 14]), localSpeaker("B", [20, 20.8]), localSpeaker("C")]),
  ]);
  expect(clips).toEqual([{ part: 0, local: "A", start: 10, end: 14 }]);
});

test("a small budget is shared by all local speakers, and what one leaves goes to the others", () => {
  const digests = [
    digestOf(0, [localSpeaker("A", [0, 100]), localSpeaker("B", [200, 202])]),
    digestOf(1200, [localSpeaker("A", [1300, 1400])]),
  ];
  const clips = chooseClips(digests, { maxTotalSeconds: 12 });
  expect(secondsOf(clips)).toBeCloseTo(12);
  expect(clips.map(({ part, local, start, end }) => [part, local, end - start])).toEqual([
    [0, "A", 5],
    [0, "B", 2],
    [1, "A", 5],
  ]);
});

test("however many local speakers there are, the reference audio is within its budget", () => {
  const digests = Array.from({ length: 40 }, (_, part) =>
    digestOf(
      part * 1200,
      Array.from({ length: 50 }, (_, n) =>
        localSpeaker(`S${n}`, [part * 1200 + n * 20, part * 1200 + n * 20 + 15]),
      ),
    ),
  );
  for (const maxTotalSeconds of [120, 1200]) {
    const clips = chooseClips(digests, { maxTotalSeconds });
    expect(secondsOf(clips)).toBeLessThanOrEqual(maxTotalSeconds + 1e-6);
    expect(clips.every(({ start, end }) => end - start >= 0.6)).toBe(true);
  }
});
