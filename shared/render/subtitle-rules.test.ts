import { expect, test } from "vitest";
import { generateTranscript } from "../../tests/support/audio/generated-transcript.ts";
import { render } from "../../tests/support/audio/render.ts";
import type { Transcript } from "../transcript/transcript.ts";
import { columnsOf } from "./columns.ts";
import { DEFAULT_RULES, SUBTITLE_BOUNDS, type SubtitleRules } from "./subtitle-rules.ts";

type Cue = { seconds: number; lines: string[] };

function cuesOf(transcript: Transcript, rules: Partial<SubtitleRules>): Cue[] {
  const { body } = render(transcript, "srt", { rules: { ...DEFAULT_RULES, ...rules } });
  const seconds = (clock: string) => {
    const [hours = 0, minutes = 0, rest = 0] = clock.replace(",", ".").split(":").map(Number);
    return hours * 3600 + minutes * 60 + rest;
  };
  return body
    .trimEnd()
    .split("\n\n")
    .map((block) => {
      const [, times = "", ...lines] = block.split("\n");
      const [from = "", to = ""] = times.split(" --> ");
      return { seconds: seconds(to) - seconds(from), lines };
    });
}

/** Words as `word start end speaker?`. */
function transcriptOf(...lines: string[]): Transcript {
  const words = lines.map((line, id) => {
    const [word = "", start, end, speaker] = line.split(" ");
    return { id, word, start: Number(start), end: Number(end), ...(speaker ? { speaker_id: speaker } : {}) };
  });
  return { language: "en", duration: 600, text: "", segments: [], words, speaker_segments: [] };
}

const TALK = transcriptOf("One 0 1 A", "two. 1 2 A", "Three 3 4 A", "four. 4 5 B");

test("rules at both ends of every bound give cues that keep them, with every word", () => {
  const transcript = generateTranscript(400, 21);
  const extremes = (key: keyof typeof SUBTITLE_BOUNDS) => [
    SUBTITLE_BOUNDS[key].min,
    SUBTITLE_BOUNDS[key].max,
  ];
  for (const maxLineColumns of extremes("maxLineColumns"))
    for (const maxLines of [1, 2, 3, 4])
      for (const maxCueSeconds of extremes("maxCueSeconds"))
        for (const labels of ["changes", "always", "never"] as const) {
          const rules = { maxLineColumns, maxLines, maxCueSeconds, minCueSeconds: 0, labels };
          const cues = cuesOf(transcript, rules);
          for (const cue of cues) {
            expect(cue.lines.length).toBeLessThanOrEqual(maxLines);
            expect(cue.seconds).toBeLessThanOrEqual(maxCueSeconds + 0.001);
            for (const line of cue.lines) expect(columnsOf(line)).toBeLessThanOrEqual(maxLineColumns);
          }
          const said = cues.flatMap((cue) =>
            cue.lines
              .join(" ")
              .replace(/^SPEAKER_0\d: |^SPEA…: /, "")
              .split(" "),
          );
          const label = labels === "never" ? 0 : said.filter((word) => word.endsWith(":")).length;
          expect(said.length - label).toBe(transcript.words.length);
        }
});

test("a line takes as many characters as it is given, not one more", () => {
  const words = transcriptOf(`${"a".repeat(14)} 0 1`, `${"b".repeat(15)} 1 2`);
  expect(cuesOf(words, { maxLineColumns: 30, maxLines: 1 }).length).toBe(1);
  expect(cuesOf(words, { maxLineColumns: 29, maxLines: 1 }).length).toBe(2);
});

test("three lines are of about the same length", () => {
  const lines = Array.from({ length: 15 }, (_, n) => `word${n % 10} ${n * 0.4} ${n * 0.4 + 0.3}`);
  const [cue] = cuesOf(transcriptOf(...lines), { maxLines: 3, maxLineColumns: 36 });
  expect(cue?.lines.map((line) => line.length)).toEqual([29, 29, 29]);
});

test("a cue lasts as long as it may, not longer", () => {
  const words = transcriptOf("One 0 2", "two 2 4");
  expect(cuesOf(words, { maxCueSeconds: 4 }).length).toBe(1);
  expect(cuesOf(words, { maxCueSeconds: 3.999 }).length).toBe(2);
});

test("a short cue is held as long as it must be", () => {
  const words = transcriptOf("Yes. 1 1.1");
  expect(cuesOf(words, { minCueSeconds: 2 })[0]?.seconds).toBeCloseTo(2);
  expect(cuesOf(words, { minCueSeconds: 0 })[0]?.seconds).toBeCloseTo(0.1);
});

test("a pause up to the limit stays within a cue, a longer one ends it", () => {
  const words = transcriptOf("One 0 1", "two 3 4");
  expect(cuesOf(words, { maxPauseSeconds: 2 }).length).toBe(1);
  expect(cuesOf(words, { maxPauseSeconds: 1.999 }).length).toBe(2);
});

test("speakers are named where they change, in every cue, or nowhere", () => {
  const linesOf = (labels: SubtitleRules["labels"]) =>
    cuesOf(TALK, { labels }).map((cue) => cue.lines.join("|"));
  expect(linesOf("changes")).toEqual(["A: One two.", "Three", "B: four."]);
  expect(linesOf("always")).toEqual(["A: One two.", "A: Three", "B: four."]);
  expect(linesOf("never")).toEqual(["One two.", "Three", "four."]);
});

test("with always, one speaker is named too", () => {
  expect(cuesOf(transcriptOf("Yes. 0 1 A"), { labels: "always" })[0]?.lines).toEqual(["A: Yes."]);
});

test("VTT has voices unless speakers are named nowhere", () => {
  const vtt = (labels: SubtitleRules["labels"]) =>
    render(TALK, "vtt", { rules: { ...DEFAULT_RULES, labels } }).body;
  expect(vtt("always")).toContain("<v A>One two.");
  expect(vtt("never")).not.toContain("<v");
});

test("where there is one line, a name takes what the first word leaves, or is left out", () => {
  const speaker = "Maximiliana";
  const first = (word: string) =>
    cuesOf(transcriptOf(`${word} 0 1 ${speaker}`, `x 2 3 B`), { maxLines: 1, maxLineColumns: 20 })[0]?.lines;
  expect(first("yes.")).toEqual(["Maximiliana: yes."]);
  expect(first("nevertheless,")).toEqual(["Maxi…: nevertheless,"]);
  expect(first("unbelievably-so.")).toEqual(["unbelievably-so."]);
});
