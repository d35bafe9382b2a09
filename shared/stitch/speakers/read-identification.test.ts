import { expect, test } from "vitest";
import { heardPart } from "../../../tests/support/audio/heard-part.ts";
import { readIdentification } from "./read-identification.ts";

const CLIPS = [
  { part: 0, local: "A", referenceStart: 0, referenceEnd: 6 },
  { part: 1, local: "B", referenceStart: 6, referenceEnd: 12 },
  { part: 2, local: "C", referenceStart: 12, referenceEnd: 18 },
];

test("each clip in which somebody was heard is a vote for the speaker heard most", () => {
  const reference = heardPart(0, 18, "X: a@1 b@2 c@3 d@4 Y: e@5 X: f@7 g@8").transcript;
  expect(readIdentification(CLIPS, reference)).toMatchObject([
    { part: 0, local: "A", label: "X", fraction: expect.closeTo(0.8) },
    { part: 1, local: "B", label: "X", fraction: 1 },
  ]);
});

test("a word that leaks over a clip's edge is no vote", () => {
  const reference = heardPart(0, 18, "X: a@5.9 Y: b@11.85 Z: c@14").transcript;
  expect(readIdentification(CLIPS, reference).map(({ local, label }) => [local, label])).toEqual([
    ["B", "X"],
    ["C", "Z"],
  ]);
});

test("turns tell when words name nobody, and unknown speakers are nobody", () => {
  const { transcript } = heardPart(0, 18, "a@1 b@7 c@13");
  const turn = { id: 0, text: "", words: [], start: 0, end: 6 };
  const speaker_segments = [
    { ...turn, speaker_id: "X" },
    { ...turn, speaker_id: "UNKNOWN", start: 6, end: 12 },
  ];
  expect(readIdentification(CLIPS, { ...transcript, speaker_segments })).toMatchObject([
    { local: "A", label: "X" },
  ]);
});
