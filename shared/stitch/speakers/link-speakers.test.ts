import { describe, expect, test } from "vitest";
import { heardPart } from "../../../tests/support/audio/heard-part.ts";
import { joinAll } from "../../../tests/support/audio/stitch-parts.ts";
import type { HeardPart } from "../heard-part.ts";
import { linkSpeakers, needsIdentification } from "./link-speakers.ts";
import type { Vote } from "./read-identification.ts";

/** `A: w@1 w@2 …`: one speaker talks from one second to another. */
function talk(speaker: string, from: number, to: number): string {
  const words = Array.from({ length: Math.ceil((to - from) * 2) }, (_, n) => `w${n}@${from + n / 2}`);
  return `${speaker}: ${words.join(" ")}`;
}

function link(parts: HeardPart[], votes: Vote[] = [], maxSpeakers?: number) {
  const { digests, joins } = joinAll(parts);
  return linkSpeakers(digests, joins, { votes, maxSpeakers });
}

/** Two clips of each of these local speakers, heard as the label. */
function called(...localSpeakers: [part: number, local: string, label: string][]): Vote[] {
  return localSpeakers.flatMap(([part, local, label]) =>
    [0, 1].map(() => ({ part, local, label, fraction: 1, seconds: 4 })),
  );
}

function namesOf({ links }: ReturnType<typeof link>): Record<string, string> {
  return Object.fromEntries(links.map(({ part, local, speaker }) => [`${part}${local}`, speaker]));
}

/** Both talk twice in the overlap, from 80 s to 100 s, and the second part names them the other way round. */
const TWO_IN_OVERLAP = [
  heardPart(
    0,
    100,
    [talk("A", 5, 40), talk("B", 41, 84), talk("A", 85, 88), talk("B", 89, 92), talk("A", 93, 96)].join(" "),
  ),
  heardPart(
    80,
    180,
    [talk("A", 80, 84), talk("B", 85, 88), talk("A", 89, 92), talk("B", 93, 120), talk("A", 121, 170)].join(
      " ",
    ),
  ),
];
/** Nobody talks in the overlap. */
const SILENT_OVERLAP = [
  heardPart(0, 100, `${talk("A", 5, 40)} ${talk("B", 41, 70)}`),
  heardPart(80, 180, `${talk("A", 105, 130)} ${talk("B", 131, 170)}`),
];

describe("who talks in an overlap", () => {
  test("is known by it, and no identification is needed when all do", () => {
    const linked = link(TWO_IN_OVERLAP);
    expect(namesOf(linked)).toEqual({
      "0A": "SPEAKER_00",
      "0B": "SPEAKER_01",
      "1A": "SPEAKER_01",
      "1B": "SPEAKER_00",
    });
    expect(linked.links.every(({ by, weak }) => by === "overlap" && !weak)).toBe(true);
    expect(needsIdentification(linked)).toBe(false);
  });

  test("by one word only is a weak link", () => {
    const parts = [
      heardPart(0, 100, `${talk("A", 5, 40)} ${talk("B", 41, 70)} A: yes@90`),
      heardPart(80, 180, `X: yes@90 ${talk("Y", 105, 130)} ${talk("X", 131, 170)}`),
    ];
    const linked = link(parts);
    expect(linked.links.filter(({ weak }) => weak).length).toBeGreaterThan(0);
    expect(needsIdentification(linked)).toBe(true);
  });
});

describe("who does not", () => {
  test("needs identification, and is linked weakly without one", () => {
    const linked = link(SILENT_OVERLAP);
    expect(needsIdentification(linked)).toBe(true);
    expect(linked.links.filter(({ part }) => part === 1).every(({ weak }) => weak)).toBe(true);
  });

  test("is known by the identification", () => {
    const votes = called([0, "A", "X"], [0, "B", "Y"], [1, "A", "Y"], [1, "B", "X"]);
    const linked = link(SILENT_OVERLAP, votes);
    const names = namesOf(linked);
    expect([names["1A"], names["1B"]]).toEqual([names["0B"], names["0A"]]);
    expect(linked.links.every(({ by }) => by === "reference")).toBe(true);
    expect(linked.speakers).toEqual(["SPEAKER_00", "SPEAKER_01"]);
  });

  test("is somebody new when the identification gives nobody else that label", () => {
    const parts = [...SILENT_OVERLAP, heardPart(160, 260, `${talk("A", 185, 210)} ${talk("N", 211, 250)}`)];
    const votes = called(
      [0, "A", "X"],
      [0, "B", "Y"],
      [1, "A", "X"],
      [1, "B", "Y"],
      [2, "A", "X"],
      [2, "N", "Z"],
    );
    const linked = link(parts, votes);
    expect(linked.speakers).toEqual(["SPEAKER_00", "SPEAKER_01", "SPEAKER_02"]);
    expect(linked.links.find(({ local }) => local === "N")).toMatchObject({
      speaker: "SPEAKER_02",
      by: "reference",
    });
  });
});

test("when overlap and identification agree, the link rests on both", () => {
  const votes = called([0, "A", "X"], [0, "B", "Y"], [1, "A", "Y"], [1, "B", "X"]);
  const linked = link(TWO_IN_OVERLAP, votes);
  expect(linked.links.every(({ by, weak }) => by === "both" && !weak)).toBe(true);
});

test("two local speakers of one part stay two, whatever one clip is called", () => {
  const votes = called([0, "A", "X"], [0, "B", "X"], [1, "A", "X"], [1, "B", "Y"]);
  const oneEach = votes.filter((_, index) => index % 2 === 0);
  const names = namesOf(link(SILENT_OVERLAP, oneEach));
  expect(names["0A"]).not.toBe(names["0B"]);
  expect(names["1A"]).not.toBe(names["1B"]);
});

test("a person whom one part of many has split in two is one again", () => {
  const votes = Array.from({ length: 8 }, (_, part) =>
    called(
      [part, "A", "X"],
      [part, "B", "Y"],
      ...(part === 4 ? ([[part, "C", "X"]] as [number, string, string][]) : []),
    ),
  ).flat();
  const parts = Array.from({ length: 8 }, (_, part) => {
    const start = part * 100;
    const extra = part === 4 ? talk("C", start + 71, start + 79) : "";
    return heardPart(
      start,
      start + 100,
      `${talk("A", start + 10, start + 40)} ${talk("B", start + 41, start + 70)} ${extra}`,
    );
  });
  const linked = link(parts, votes);
  const names = namesOf(linked);
  expect(names["4C"]).toBe(names["4A"]);
  expect(linked.speakers).toHaveLength(2);
});

describe("max_speakers", () => {
  test("holds without any evidence", () => {
    const parts = [...SILENT_OVERLAP, heardPart(180, 260, `${talk("A", 185, 210)} ${talk("B", 211, 250)}`)];
    expect(link(parts, [], 2).speakers).toHaveLength(2);
    expect(link(parts, [], 1).speakers).toHaveLength(1);
  });

  test("holds even against a part that has heard more", () => {
    const three = heardPart(0, 100, `${talk("A", 5, 40)} ${talk("B", 41, 70)} ${talk("C", 71, 75)}`);
    const linked = link([three, heardPart(100, 150, talk("A", 110, 140))], [], 2);
    expect(linked.speakers).toHaveLength(2);
  });

  test("changes nothing when there are fewer", () => {
    expect(link(TWO_IN_OVERLAP, [], 5)).toEqual(link(TWO_IN_OVERLAP));
  });
});

test("every local speaker of every part has one link, with a confidence from 0 to 1", () => {
  const { links } = link(SILENT_OVERLAP, called([0, "A", "X"], [1, "B", "X"]));
  expect(links.map(({ part, local }) => `${part}${local}`)).toEqual(["0A", "0B", "1A", "1B"]);
  for (const { confidence, weak } of links) {
    expect(confidence).toBeGreaterThanOrEqual(0);
    expect(confidence).toBeLessThanOrEqual(1);
    expect(weak).toBe(confidence < 0.8);
  }
});

test("speakers are numbered in the order in which they first speak", () => {
  const parts = [
    heardPart(0, 100, `${talk("Z", 5, 40)} ${talk("A", 41, 70)}`),
    heardPart(80, 180, talk("Q", 105, 120)),
  ];
  expect(link(parts).links.map(({ local, speaker }) => [local, speaker])).toContainEqual(["Z", "SPEAKER_00"]);
  expect(namesOf(link(parts))["0A"]).toBe("SPEAKER_01");
});

test("a recording without speakers has no links and needs no identification", () => {
  const linked = link([heardPart(0, 100, "a@5 b@85"), heardPart(80, 180, "b@85 c@120")]);
  expect(linked).toEqual({ links: [], speakers: [] });
  expect(needsIdentification(linked)).toBe(false);
});

test("one speaker all along, through overlaps that are full, needs no identification", () => {
  const parts = [heardPart(0, 100, talk("A", 5, 100)), heardPart(80, 180, talk("B", 80, 170))];
  const linked = link(parts);
  expect(linked.speakers).toEqual(["SPEAKER_00"]);
  expect(needsIdentification(linked)).toBe(false);
});
