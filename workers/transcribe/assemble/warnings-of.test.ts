import { expect, test } from "vitest";
import { OPTIONS } from "../../../tests/support/stack/jobs.ts";
import { warningsOf } from "./warnings-of.ts";

const asked = { options: { ...OPTIONS, diarize: true } };
const said = { words: 3, segments: 1, speakers: ["SPEAKER_00"] };
const HEARD = { heard: true, isEstimated: false };
const codesOf = (...args: Parameters<typeof warningsOf>) => warningsOf(...args).map(({ code }) => code);

test("speakers that were asked for are missed where something was said, and by nobody else", () => {
  expect(codesOf(asked, said, HEARD)).toEqual([]);
  expect(codesOf(asked, { ...said, speakers: [] }, HEARD)).toEqual(["speakers_not_available"]);
  expect(codesOf(asked, { ...said, speakers: ["UNKNOWN"] }, HEARD)).toEqual(["speakers_not_available"]);
  expect(codesOf({ options: { ...OPTIONS, diarize: false } }, { ...said, speakers: [] }, HEARD)).toEqual([]);
  expect(codesOf(asked, { words: 0, segments: 0, speakers: [] }, HEARD)).toEqual([]);
});

test("what nobody heard is warned of as such, and not as having no speakers", () => {
  expect(
    codesOf(asked, { words: 0, segments: 3, speakers: [] }, { heard: false, isEstimated: false }),
  ).toEqual(["stand_in"]);
});

test("words whose times are guessed are warned of", () => {
  expect(codesOf(asked, said, { heard: true, isEstimated: true })).toEqual(["words_not_available"]);
});
