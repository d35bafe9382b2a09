import { expect, test } from "vitest";
import { OPTIONS } from "../../../tests/support/stack/jobs.ts";
import { warningsOf } from "./warnings-of.ts";

const asked = { options: { ...OPTIONS, diarize: true } };
const said = { words: 3, segments: 1, speakers: ["SPEAKER_00"] };
const codesOf = (...args: Parameters<typeof warningsOf>) => warningsOf(...args).map(({ code }) => code);

test("speakers that were asked for are missed where something was said, and by nobody else", () => {
  expect(codesOf(asked, said, true)).toEqual([]);
  expect(codesOf(asked, { ...said, speakers: [] }, true)).toEqual(["speakers_not_available"]);
  expect(codesOf(asked, { ...said, speakers: ["UNKNOWN"] }, true)).toEqual(["speakers_not_available"]);
  expect(codesOf({ options: { ...OPTIONS, diarize: false } }, { ...said, speakers: [] }, true)).toEqual([]);
  expect(codesOf(asked, { words: 0, segments: 0, speakers: [] }, true)).toEqual([]);
});

test("what nobody heard is warned of as such, and not as having no speakers", () => {
  expect(codesOf(asked, { words: 0, segments: 3, speakers: [] }, false)).toEqual(["stand_in"]);
});
