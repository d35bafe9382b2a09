import { expect, test } from "vitest";
import { warning } from "../../../shared/speech/warning.ts";
import { completed } from "../../../shared/storage/job-work.ts";
import { queued } from "../../../shared/storage/jobs.ts";
import { NOW, newJob, RESULT } from "../../../tests/support/stack/jobs.ts";
import { statusMessage } from "./status-message.ts";

function told(change: Partial<typeof RESULT>): string {
  return statusMessage(completed(queued(newJob()), { ...RESULT, ...change }, 1, NOW), null).text;
}

test("a transcript with a warning has a line that says what is so and what to do", () => {
  const lines = told({ language: null, speakers: [], warnings: [warning("stand_in")] }).split("\n");
  expect(lines).toEqual([
    ":white_check_mark: *standup.wav*: transcribed, 1 s.",
    `:warning: ${warning("stand_in").message} *${warning("stand_in").action}*`,
  ]);
});

test("a transcript without one has a line less", () => {
  expect(told({})).toBe(":white_check_mark: *standup.wav*: transcribed, 1 s, 1 speaker, language en.");
});
