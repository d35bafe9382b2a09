import { expect, test } from "vitest";
import { jobOptionsOf, NO_CHOICES } from "./options.ts";

test("who chooses nothing gets the API's defaults", () => {
  expect(jobOptionsOf(NO_CHOICES)).toEqual({});
});

test("choices become the job's options", () => {
  const chosen = {
    language: "de",
    speakers: "3",
    translate: false,
    tags: " sales, ,Q4,sales ",
    keepDays: "0",
  };
  expect(jobOptionsOf(chosen)).toEqual({
    language: "de",
    min_speakers: 3,
    max_speakers: 3,
    tags: ["sales", "Q4"],
    retain_audio_days: 0,
  });
});

test("a translation keeps its speakers", () => {
  expect(jobOptionsOf({ ...NO_CHOICES, translate: true })).toEqual({ task: "translate", diarize: true });
});
