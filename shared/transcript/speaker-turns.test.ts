import { expect, test } from "vitest";
import { seededRandom } from "../../tests/support/audio/generated-transcript.ts";
import { indexTurns, speakerBetween, speakersBetween } from "./speaker-turns.ts";

const TURNS = indexTurns([
  { start: 5, end: 9, speaker_id: "B" },
  { start: 0, end: 4, speaker_id: "A" },
]);

test("a stretch belongs to who talks for most of it", () => {
  expect(speakerBetween(TURNS, 3, 5.9)).toBe("A");
  expect(speakerBetween(TURNS, 3, 6.1)).toBe("B");
});

test("of equal shares the earlier turn's speaker has it", () => {
  expect(speakerBetween(TURNS, 3, 6)).toBe("A");
});

test("a stretch nobody talks in belongs to the nearest turn", () => {
  expect(speakerBetween(TURNS, 4.1, 4.2)).toBe("A");
  expect(speakerBetween(TURNS, 4.7, 4.8)).toBe("B");
  expect(speakerBetween(TURNS, 4.4, 4.6)).toBe("A");
  expect(speakerBetween(TURNS, 20, 30)).toBe("B");
});

test("an instant belongs to the turn around it", () => {
  expect(speakerBetween(TURNS, 2, 2)).toBe("A");
  expect(speakerBetween(TURNS, 5, 5)).toBe("B");
});

test("without turns there is no speaker", () => {
  expect(speakerBetween(indexTurns([]), 0, 1)).toBeUndefined();
});

test("a speaker's share is the sum over all turns, however they overlap", () => {
  const random = seededRandom(3);
  for (let round = 0; round < 300; round++) {
    const turns = Array.from({ length: 12 }, () => {
      const start = random() * 50;
      return { start, end: start + random() ** 4 * 50, speaker_id: `S${Math.floor(random() * 3)}` };
    });
    const start = random() * 60;
    const end = start + random() * 8;
    const sums = new Map<string, number>();
    for (const turn of turns) {
      const shared = Math.min(turn.end, end) - Math.max(turn.start, start);
      if (shared > 0) sums.set(turn.speaker_id, (sums.get(turn.speaker_id) ?? 0) + shared);
    }
    const found = speakersBetween(indexTurns(turns), start, end);
    expect([...found.keys()].sort()).toEqual([...sums.keys()].sort());
    for (const [speaker, seconds] of sums) expect(found.get(speaker)).toBeCloseTo(seconds, 9);
  }
});
