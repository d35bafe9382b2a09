import { describe, expect, test } from "vitest";
import { heardPart } from "../../tests/support/audio/heard-part.ts";
import { joinAll, stitchParts } from "../../tests/support/audio/stitch-parts.ts";
import { parseTranscript } from "../transcript/parse-transcript.ts";
import { serializeTranscript } from "../transcript/serialize-transcript.ts";
import { summarizeTranscript, type Transcript } from "../transcript/transcript.ts";
import type { HeardPart } from "./heard-part.ts";
import type { SpeakerName } from "./stitcher.ts";

function stitch(parts: HeardPart[], names: SpeakerName[] = []) {
  return stitchParts(parts, joinAll(parts).joins, names);
}

/** The part with something of its answer changed. */
function heardOtherwise(part: HeardPart, change: (transcript: Transcript) => Partial<Transcript>): HeardPart {
  return { ...part, transcript: { ...part.transcript, ...change(part.transcript) } };
}

const NAMES: SpeakerName[] = [
  { part: 0, local: "A", speaker: "SPEAKER_00" },
  { part: 0, local: "B", speaker: "SPEAKER_01" },
  { part: 1, local: "A", speaker: "SPEAKER_01" },
  { part: 1, local: "B", speaker: "SPEAKER_00" },
];

describe("across a seam", () => {
  const first = heardPart(0, 30, "A: Hello@10 there.@11 B: Yes,@22 I@23 do@26 not@27");
  const second = heardPart(20, 50, "A: yes,@22 I@23 do@26 not@27 know.@31 B: Well.@40");
  const { transcript, summary, json } = stitch([first, second], NAMES);

  test("times are those of the recording", () => {
    expect(transcript.words.map(({ word, start }) => `${word}@${start}`)).toEqual(
      "Hello@10 there.@11 Yes,@22 I@23 do@26 not@27 know.@31 Well.@40".split(" "),
    );
    expect(transcript.duration).toBe(50);
  });

  test("one speaker goes on in one turn, under one name", () => {
    expect(
      transcript.speaker_segments.map(({ speaker_id, start, end, text }) => [speaker_id, start, end, text]),
    ).toEqual([
      ["SPEAKER_00", 10, 11.4, "Hello there."],
      ["SPEAKER_01", 22, 31.4, "Yes, I do not know."],
      ["SPEAKER_00", 40, 40.4, "Well."],
    ]);
  });

  test("a segment that is cut in both parts is one segment", () => {
    expect(transcript.segments.map(({ start, end, text }) => [start, end, text])).toEqual([
      [10, 22.4, "Hello there. Yes,"],
      [23, 31.4, "I do not know."],
      [40, 40.4, "Well."],
    ]);
  });

  test("the text, the segments, the turns and the words say the same", () => {
    const text = "Hello there. Yes, I do not know. Well.";
    expect(transcript.text).toBe(text);
    expect(transcript.segments.map((segment) => segment.text).join(" ")).toBe(text);
    expect(transcript.speaker_segments.map((turn) => turn.text).join(" ")).toBe(text);
    expect(transcript.words.map(({ word }) => word).join(" ")).toBe(text);
  });

  test("ids count from 0, and a turn's words have those of the words", () => {
    expect(transcript.words.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(transcript.segments.map(({ id }) => id)).toEqual([0, 1, 2]);
    expect(transcript.speaker_segments.map(({ id }) => id)).toEqual([0, 1, 2]);
    expect(transcript.speaker_segments.flatMap((turn) => turn.words.map(({ id }) => id))).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7,
    ]);
  });

  test("the summary is that of the whole, and the JSON is the canonical one", () => {
    expect(summary).toEqual(summarizeTranscript(transcript));
    expect(json).toBe(serializeTranscript(transcript));
  });
});

describe("times stay in order and within the recording", () => {
  test("when the second part hears its first word earlier than the first part its last", () => {
    const parts = [heardPart(0, 30, "a@24.9 b@25.3"), heardPart(20, 50, "c@25.1 d@25.6")];
    const starts = stitch(parts).transcript.words.map(({ start }) => start);
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
  });

  test("when a last word ends seconds behind the end of the recording, as Together's do", () => {
    const late = heardOtherwise(
      heardPart(20, 50, "A: c@35 d@49.8"),
      ({ words, segments, speaker_segments }) => ({
        words: words.map((word) => ({ ...word, end: word.end + 5 })),
        segments: segments.map((segment) => ({ ...segment, end: segment.end + 5 })),
        speaker_segments: speaker_segments.map((turn) => ({ ...turn, end: turn.end + 5 })),
      }),
    );
    const { transcript } = stitch([heardPart(0, 30, "A: a@5"), late], NAMES);
    const ends = [...transcript.words, ...transcript.segments, ...transcript.speaker_segments].map(
      ({ end }) => end,
    );
    expect(Math.max(...ends)).toBe(50);
    expect(transcript.duration).toBe(50);
  });

  test("when an answer has a duration of its own fancy", () => {
    const odd = heardOtherwise(heardPart(20, 50, "c@35"), () => ({ duration: 0 }));
    expect(stitch([heardPart(0, 30, "a@5"), odd]).transcript.duration).toBe(50);
  });
});

describe("an answer may be", () => {
  test("empty", () => {
    const parts = [heardPart(0, 30, "a@5 b@28"), heardPart(20, 50, ""), heardPart(40, 70, "c@41 d@65")];
    const { transcript, summary } = stitch(parts);
    expect(transcript.text).toBe("a b c d");
    expect(transcript.duration).toBe(70);
    expect(summary.words).toBe(4);
  });

  test("empty in all parts", () => {
    const { transcript } = stitch([heardPart(0, 30, ""), heardPart(20, 50, "")]);
    expect(transcript).toMatchObject({
      text: "",
      words: [],
      segments: [],
      speaker_segments: [],
      duration: 50,
    });
  });

  test("without speakers", () => {
    const { transcript, summary } = stitch([heardPart(0, 30, "a@5 b@25"), heardPart(20, 50, "b@25 c@35")]);
    expect(transcript.text).toBe("a b c");
    expect(transcript.speaker_segments).toEqual([]);
    expect(summary.speakers).toEqual([]);
  });

  test("without words: segments are cut by their texts", () => {
    const parts = [
      heardPart(0, 30, "One@2 two@3 three.@4 Four@21 five@22 six.@23 Seven@28 eight@29"),
      heardPart(20, 50, "four@21 five@22 six.@23 Seven@28 eight@29 nine.@31 Ten@45"),
    ].map((part) => heardOtherwise(part, () => ({ words: [], speaker_segments: [] })));
    const { transcript } = stitch(parts);
    expect(transcript.words).toEqual([]);
    expect(transcript.text).toMatch(/^One two three\. four five six\. Seven eight nine\. Ten$/i);
    expect(transcript.segments.map((segment) => segment.text).join(" ")).toBe(transcript.text);
  });

  test("with speakers in its turns alone", () => {
    const parts = [heardPart(0, 30, "A: a@5 b@25"), heardPart(20, 50, "A: b@25 c@35")].map((part) =>
      heardOtherwise(part, ({ segments, speaker_segments }) => ({
        words: [],
        segments,
        speaker_segments: speaker_segments.map((turn) => ({ ...turn, words: [] })),
      })),
    );
    const { transcript, summary } = stitch(parts, [
      { part: 0, local: "A", speaker: "S" },
      { part: 1, local: "A", speaker: "S" },
    ]);
    expect(transcript.speaker_segments.map((turn) => [turn.speaker_id, turn.text])).toEqual([["S", "a b c"]]);
    expect(summary.speakers).toEqual(["S"]);
  });

  test("text alone", () => {
    const parts = [heardPart(0, 30, "a@5 b@25"), heardPart(20, 50, "b@25 c@35")].map((part) =>
      heardOtherwise(part, () => ({ words: [], segments: [], speaker_segments: [] })),
    );
    expect(stitch(parts).transcript.text).toBe("a b c");
  });

  test("in another language than most: the whole has that of most words", () => {
    const english = heardPart(0, 30, "a@5 b@6 c@7");
    const german = heardOtherwise(heardPart(20, 50, "d@35 e@36 f@37 g@38"), () => ({ language: "de" }));
    const silent = heardOtherwise(heardPart(40, 70, ""), () => ({ language: "ja" }));
    expect(stitch([english, german, silent]).summary.language).toBe("de");
    expect(stitch([english, silent]).summary.language).toBe("en");
  });

  test("in a script without spaces: none is put at the seam", () => {
    const script = (part: HeardPart) =>
      heardOtherwise(part, ({ text, segments }) => ({
        text: text.replaceAll(" ", ""),
        segments: segments.map((segment) => ({ ...segment, text: segment.text.replaceAll(" ", "") })),
      }));
    const parts = [heardPart(0, 30, "今日@10 は@22 いい@27"), heardPart(20, 50, "は@22 いい@27 天気@35")].map(
      script,
    );
    expect(stitch(parts).transcript.text).toBe("今日はいい天気");
  });

  test("the only one", () => {
    const part = heardPart(0, 30, "A: a@5 b@25");
    const { transcript } = stitch([part], [{ part: 0, local: "A", speaker: "A" }]);
    expect(transcript.text).toBe(part.transcript.text);
    expect(transcript.words).toEqual(part.transcript.words);
  });
});

test("parts shorter than their overlaps, and a long one beside them, come together", () => {
  const said = Array.from({ length: 120 }, (_, n) => `w${n}@${n * 2 + 0.3}`);
  const ranges = [
    [0, 32],
    [12, 40],
    [20, 48],
    [28, 56],
    [47, 240],
  ] as const;
  const parts = ranges.map(([start, end]) =>
    heardPart(start, end, said.filter((_, n) => n * 2 + 0.3 >= start && n * 2 + 0.7 <= end).join(" ")),
  );
  expect(stitch(parts).transcript.text).toBe(said.map((word) => word.split("@")[0]).join(" "));
});

test("unknown keys of words, segments and answers come through", () => {
  const withMore = (part: HeardPart, task: string) =>
    heardOtherwise(part, ({ words, segments }) => ({
      words: words.map((word) => ({ ...word, probability: 0.5 })),
      segments: segments.map((segment) => ({ ...segment, tokens: [1] })),
      ...{ task, model: "w" },
    }));
  const { json } = stitch([
    withMore(heardPart(0, 30, "a@5"), "transcribe"),
    withMore(heardPart(20, 50, "b@35"), "translate"),
  ]);
  const whole = parseTranscript(json);
  expect(whole.ok && whole.value.words[0]).toMatchObject({ probability: 0.5 });
  expect(whole.ok && whole.value.segments[0]).toMatchObject({ tokens: [1] });
  expect(json).toContain('"model":"w"');
  expect(json).not.toContain("task");
});

test("a local speaker that has no link is nobody's, never another part's of the same name", () => {
  const parts = [heardPart(0, 30, "A: a@5"), heardPart(20, 50, "A: b@35")];
  const { transcript } = stitch(parts, [{ part: 0, local: "A", speaker: "S" }]);
  expect(transcript.words.map((word) => word.speaker_id)).toEqual(["S", "UNKNOWN"]);
});
