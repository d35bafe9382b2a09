import { expect, test } from "vitest";
import { createSpeakerTeller, speakerOf } from "./tell-speakers.ts";

const MINUTE = 60 * 16_000;
const OPEN = { min: 1, max: 8 };

/**
 * A recording whose samples are the number of who speaks, in turns of a minute, and networks that read it. The diarizer
 * numbers speakers afresh in each stretch, in the order of their first, as a real one does.
 */
function createNetworks() {
  const counts: (number | null)[] = [];
  return {
    counts,
    networks: {
      diarize(samples: Float32Array, count: number | null) {
        counts.push(count);
        const turns: { start: number; end: number; speaker: number }[] = [];
        const known: number[] = [];
        for (let at = 0; at < samples.length; at += MINUTE) {
          const who = samples[at] ?? 0;
          if (!known.includes(who)) known.push(who);
          const end = Math.min(at + MINUTE, samples.length);
          turns.push({ start: at / 16_000, end: end / 16_000, speaker: known.indexOf(who) });
        }
        return turns;
      },
      embed: (samples: Float32Array) =>
        Float32Array.from({ length: 8 }, (_, i) => (samples[0] === i ? 1 : 0)),
    },
  };
}

function tell(minutes: number[], bounds = OPEN) {
  const { networks, counts } = createNetworks();
  const teller = createSpeakerTeller(networks, bounds);
  for (const who of minutes) for (let s = 0; s < 60; s++) teller.push(new Float32Array(16_000).fill(who));
  const speakers = teller.end().map(({ start, end, speaker }) => {
    expect(end - start).toBe(60);
    return speaker;
  });
  return { speakers, counts };
}

test("a speaker keeps the number over stretches of ten minutes, though the diarizer begins again in each", () => {
  const { speakers } = tell([3, 1, 3, 1, 3, 1, 3, 1, 3, 1, /* ten minutes */ 1, 3, 5]);
  expect(speakers).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 0, 2]);
});

test("turns are where they were said in the whole", () => {
  const { networks } = createNetworks();
  const teller = createSpeakerTeller(networks, OPEN);
  teller.push(new Float32Array(11 * MINUTE).fill(2));
  expect(teller.end().at(-1)).toEqual({ start: 600, end: 660, speaker: 0 });
});

test("a number of speakers that is known is asked for where the whole is one stretch", () => {
  expect(tell([1, 2], { min: 2, max: 2 }).counts).toEqual([2]);
  expect(tell([1, 2], { min: 1, max: 2 }).counts).toEqual([null]);
});

test("fewer than there must be are looked for again", () => {
  expect(tell([1, 1], { min: 2, max: 4 }).counts).toEqual([null, 2]);
});

test("more than may be are joined, also within a stretch", () => {
  expect(new Set(tell([1, 2, 3, 4], { min: 1, max: 2 }).speakers).size).toBe(2);
});

test("as many as there must be stay apart, though they sound alike", () => {
  const same = Array.from({ length: 30 }, () => 1);
  expect(new Set(tell(same, { min: 2, max: 8 }).speakers).size).toBe(2);
  expect(new Set(tell(same).speakers).size).toBe(1);
});

test("silence has no turns", () => {
  const teller = createSpeakerTeller({ diarize: () => [], embed: () => new Float32Array() }, OPEN);
  teller.push(new Float32Array(MINUTE));
  expect(teller.end()).toEqual([]);
});

test("a word belongs to who speaks most of it, or next to it", () => {
  const turns = [
    { start: 0, end: 2, speaker: 0 },
    { start: 2, end: 4, speaker: 1 },
  ];
  expect(speakerOf({ start: 1.5, end: 2.2 }, turns)).toBe(0);
  expect(speakerOf({ start: 1.9, end: 2.4 }, turns)).toBe(1);
  expect(speakerOf({ start: 5, end: 6 }, turns)).toBe(1);
  expect(speakerOf({ start: 5, end: 6 }, [])).toBe(0);
});
