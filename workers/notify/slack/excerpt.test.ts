import { describe, expect, test } from "vitest";
import { SLACK_EXCERPT_CHARACTERS } from "../../../shared/limits.ts";
import type { Transcript } from "../../../shared/transcript/transcript.ts";
import { excerptMessage } from "./excerpt.ts";

type Turn = [speaker: string, start: number, text: string];

function transcript(turns: Turn[]): Transcript {
  return {
    language: "en",
    duration: 10_000,
    text: turns.map(([, , text]) => text).join(" "),
    segments: [],
    words: [],
    speaker_segments: turns.map(([speaker_id, start, text], id) => ({
      id,
      speaker_id,
      start,
      end: start + 1,
      text,
      words: [],
    })),
  };
}

const textOf = (turns: Turn[], names: Record<string, string> = {}) =>
  excerptMessage(transcript(turns), names).text;

test("each turn has its time, its speaker and its words", () => {
  const turns: Turn[] = [
    ["SPEAKER_00", 0.4, "Good morning"],
    ["SPEAKER_01", 3725.9, "Morning!"],
  ];
  expect(textOf(turns, { SPEAKER_00: "Ada" })).toBe(
    "`00:00:00` Ada: Good morning\n`01:02:05` SPEAKER_01: Morning!",
  );
});

test("what is said cannot call the channel, mention anybody or be a link", () => {
  expect(textOf([["SPEAKER_00", 0, "<!channel> <@U1> a & b\nnew line"]], { SPEAKER_00: "<!here>" })).toBe(
    "`00:00:00` &lt;!here&gt;: &lt;!channel&gt; &lt;@U1&gt; a &amp; b new line",
  );
});

test("silence says so", () => {
  expect(textOf([])).toBe("No speech was found in this recording.");
});

describe("the length", () => {
  const label = "`00:00:00` A: ";
  const filling = (count: number): Turn[] => [["A", 0, "x".repeat(count - label.length)]];

  test("of what just fits is left as it is", () => {
    const text = textOf(filling(SLACK_EXCERPT_CHARACTERS));
    expect(text).toHaveLength(SLACK_EXCERPT_CHARACTERS);
    expect(text.endsWith("x")).toBe(true);
  });

  test("of one character more is cut, and says where the rest is", () => {
    const text = textOf(filling(SLACK_EXCERPT_CHARACTERS + 1));
    expect(text).toHaveLength(SLACK_EXCERPT_CHARACTERS);
    expect(text.endsWith("x\n… the rest is in the files.")).toBe(true);
  });

  test("of many turns ends with a whole one", () => {
    const turns = Array.from({ length: 500 }, (_, n): Turn => ["A", n, "said so"]);
    const text = textOf(turns);
    expect(text.length).toBeLessThanOrEqual(SLACK_EXCERPT_CHARACTERS);
    expect(text).toMatch(/A: said so\n… the rest is in the files\.$/);
  });

  test("is never cut within an escape or a letter of two halves", () => {
    for (let pad = 0; pad < 6; pad++) {
      const escaped = textOf([["A", 0, "y".repeat(pad) + "&".repeat(3_000)]]);
      expect(escaped).toMatch(/(&amp;|y)\n… the rest/);
      const halves = textOf([["A", 0, "y".repeat(pad) + "😀".repeat(3_000)]]);
      expect(halves.isWellFormed()).toBe(true);
      expect(Math.max(escaped.length, halves.length)).toBeLessThanOrEqual(SLACK_EXCERPT_CHARACTERS);
    }
  });
});
