import { expect, test } from "vitest";
import { render } from "../../tests/support/audio/render.ts";
import { readStrictSrt, readStrictVtt } from "../../tests/support/audio/strict-subtitles.ts";
import type { Transcript, TranscriptWord } from "../transcript/transcript.ts";

/** Words as `word start end speaker?`. */
function transcriptOf(lines: string[], duration = 600): Transcript {
  const words = lines.map((line, id): TranscriptWord => {
    const [word = "", start, end, speaker] = line.split(" ");
    return { id, word, start: Number(start), end: Number(end), ...(speaker ? { speaker_id: speaker } : {}) };
  });
  const text = words.map((word) => word.word).join(" ");
  return { language: "en", duration, text, segments: [], words, speaker_segments: [] };
}

function srtOf(transcript: Transcript, speakerNames?: Record<string, string>) {
  return readStrictSrt(render(transcript, "srt", { speakerNames }).body);
}

function vttOf(transcript: Transcript, speakerNames?: Record<string, string>) {
  return readStrictVtt(render(transcript, "vtt", { speakerNames }).body);
}

/** A sentence of this number of five-letter words, one every 0.4 s. */
function evenWords(count: number): string[] {
  return Array.from(
    { length: count },
    (_, n) => `word${n % 10} ${(n * 0.4).toFixed(3)} ${(n * 0.4 + 0.35).toFixed(3)}`,
  );
}

const TALK = transcriptOf([
  "Hello. 1 1.5 SPEAKER_00",
  "Oh, 1.6 1.8 SPEAKER_01",
  "hey. 1.9 2.2 SPEAKER_01",
  "Well. 5 5.2 SPEAKER_00",
]);

test("SRT names the speaker where the speaker changes", () => {
  expect(render(TALK, "srt").body).toBe(
    "1\n00:00:01,000 --> 00:00:01,600\nSPEAKER_00: Hello.\n\n" +
      "2\n00:00:01,600 --> 00:00:02,600\nSPEAKER_01: Oh, hey.\n\n" +
      "3\n00:00:05,000 --> 00:00:06,000\nSPEAKER_00: Well.\n",
  );
});

test("SRT does not name the speaker again after a pause", () => {
  const cues = srtOf(transcriptOf(["One. 0 1 A", "Two. 5 6 A", "Three. 6 7 B"]));
  expect(cues.map((cue) => cue.lines)).toEqual([["A: One."], ["Two."], ["B: Three."]]);
});

test("SRT names nobody when only one speaks, whether told by ids or by names", () => {
  expect(srtOf(transcriptOf(["Hello. 1 2 SPEAKER_00"]))[0]?.lines).toEqual(["Hello."]);
  const cues = srtOf(TALK, { SPEAKER_00: "Ann", SPEAKER_01: "Ann" });
  expect(cues.map((cue) => cue.lines)).toEqual([["Hello. Oh, hey."], ["Well."]]);
});

test("VTT gives every cue its voice", () => {
  expect(render(TALK, "vtt").body).toBe(
    "WEBVTT\n\n00:00:01.000 --> 00:00:01.600\n<v SPEAKER_00>Hello.\n\n" +
      "00:00:01.600 --> 00:00:02.600\n<v SPEAKER_01>Oh, hey.\n\n" +
      "00:00:05.000 --> 00:00:06.000\n<v SPEAKER_00>Well.\n",
  );
});

test("VTT escapes what was said and who said it", () => {
  const cues = vttOf(transcriptOf(["<b>R&D</b> 0 1 S"]), { S: "A & <B>" });
  expect(cues[0]).toMatchObject({ voice: "A & <B>", lines: ["<b>R&D</b>"] });
});

test("an arrow in what was said breaks neither format", () => {
  const transcript = transcriptOf(["one 0 1", "--> 1 2", "two 2 3"]);
  expect(srtOf(transcript)[0]?.lines).toEqual(["one → two"]);
  expect(vttOf(transcript)[0]?.lines).toEqual(["one --> two"]);
});

test("an arrow that only joining makes breaks neither format", () => {
  const transcript = { ...transcriptOf(["a-- 0 1", "> 1 2", "b 2 3"]), text: "a--> b" };
  expect(srtOf(transcript)[0]?.lines).toEqual(["a→ b"]);
  expect(vttOf(transcript)[0]?.lines).toEqual(["a--> b"]);
});

test("a pause of 0.8 s stays within a cue, a longer one ends it", () => {
  expect(srtOf(transcriptOf(["one 0 1", "two 1.8 2"])).length).toBe(1);
  expect(srtOf(transcriptOf(["one 0 1", "two 1.801 2"])).length).toBe(2);
});

test("a line takes 42 characters, a cue two lines", () => {
  const long = ["a".repeat(20), "b".repeat(21), "c".repeat(20), "d".repeat(21)];
  const fitting = long.map((word, n) => `${word} ${n} ${n + 1}`);
  expect(srtOf(transcriptOf(fitting)).map((cue) => cue.lines.map((line) => line.length))).toEqual([[42, 42]]);
  const over = [...long.slice(0, 3), "d".repeat(22)].map((word, n) => `${word} ${n} ${n + 1}`);
  expect(srtOf(transcriptOf(over)).length).toBe(2);
});

test("a cue is 7 s long at most", () => {
  expect(srtOf(transcriptOf(["one 0 3.5", "two 3.5 7"])).length).toBe(1);
  expect(srtOf(transcriptOf(["one 0 3.5", "two 3.5 7.001"])).length).toBe(2);
});

test("a word of 30 s is shown for 7 s", () => {
  expect(srtOf(transcriptOf(["So 10 40", "yes 41 42"]))).toMatchObject([
    { startMs: 10_000, endMs: 17_000 },
    { startMs: 41_000, endMs: 42_000 },
  ]);
});

test("a short word is held for a second where there is room, not beyond the recording nor into the next cue", () => {
  expect(srtOf(transcriptOf(["Yes. 1 1.1"], 10))).toMatchObject([{ startMs: 1000, endMs: 2000 }]);
  expect(srtOf(transcriptOf(["Yes. 1 1.1"], 1.5))).toMatchObject([{ startMs: 1000, endMs: 1500 }]);
  expect(srtOf(transcriptOf(["Yes. 1 1.1 A", "No. 1.4 1.5 B"], 10))[0]).toMatchObject({
    startMs: 1000,
    endMs: 1400,
  });
});

test("rounding never makes a thousandth too many", () => {
  const body = render(transcriptOf(["a 0.9996 1.9999", "b 3599.9996 3600.5"], 4000), "srt").body;
  expect(body).toContain("00:00:01,000 --> 00:00:02,000");
  expect(body).toContain("01:00:00,000 --> 01:00:01,000");
});

test("hours go on beyond 99", () => {
  expect(render(transcriptOf(["a 360000 360002"], 400_000), "vtt").body).toContain(
    "100:00:00.000 --> 100:00:02.000",
  );
});

test("a cue ends with its sentence rather than being filled", () => {
  const lines = evenWords(24);
  lines[10] = lines[10]?.replace("word0", "end.") ?? "";
  const cues = srtOf(transcriptOf(lines));
  expect(cues[0]?.lines.join(" ").endsWith("end.")).toBe(true);
});

test("a cue too short to read is not made for its sentence alone", () => {
  const rest = evenWords(14).map(
    (_, n) => `word${n % 10} ${(0.2 + n * 0.3).toFixed(1)} ${(0.5 + n * 0.3).toFixed(1)}`,
  );
  expect(srtOf(transcriptOf(["Oh. 0 0.2", ...rest]))[0]?.lines.join(" ")).toMatch(/^Oh\. word0 word1/);
});

test("a line ends after a comma if that is near the middle", () => {
  const words = evenWords(12).map((line) => line.replace("word", "wor"));
  expect(srtOf(transcriptOf(words))[0]?.lines[0]).toBe("wor0 wor1 wor2 wor3 wor4 wor5");
  words[4] = words[4]?.replace("wor4", "wor4,") ?? "";
  expect(srtOf(transcriptOf(words))[0]?.lines[0]).toBe("wor0 wor1 wor2 wor3 wor4,");
});

test("words come by their times, and one whose end runs on past the next does not break the cue", () => {
  expect(srtOf(transcriptOf(["two 5 6", "one 0 1"])).map((cue) => cue.lines)).toEqual([["one"], ["two"]]);
  expect(srtOf(transcriptOf(["one 0 1", "two 1 31", "three 2 3"])).map((cue) => cue.lines)).toEqual([
    ["one two three"],
  ]);
});

test("punctuation given as a word of its own does not start a line", () => {
  const said = `${"一".repeat(21)}。${"二".repeat(20)}`;
  const words = [...said].map((word, n) => `${word} ${n * 0.1} ${n * 0.1 + 0.1}`);
  const lines = srtOf({ ...transcriptOf(words), text: said }).flatMap((cue) => cue.lines);
  expect(lines.join("")).toBe(said);
  for (const line of lines) expect(line).not.toMatch(/^。/);
});

test("no word is left alone at the end when the cues can share", () => {
  const cues = srtOf(transcriptOf(evenWords(15)));
  expect(cues.map((cue) => cue.lines.join(" ").split(" ").length)).toEqual([8, 7]);
});

test("segments without words are cut by length and their time shared out", () => {
  const text =
    "I am so sorry, sir. I got it for her birthday, which is tonight, and now I am not sure what I need to do. Okay, let me see.";
  const transcript = { ...transcriptOf([]), text, segments: [{ id: 0, start: 10, end: 20, text }] };
  const cues = srtOf(transcript);
  expect(cues.flatMap((cue) => cue.lines).join(" ")).toBe(text);
  expect(cues[0]?.startMs).toBe(10_000);
  expect(cues.at(-1)?.endMs).toBe(20_000);
});

test("speaker segments without words keep their speakers", () => {
  const speakerSegments = [
    { id: 0, speaker_id: "A", start: 0, end: 2, text: "Hello there.", words: [] },
    { id: 1, speaker_id: "B", start: 2, end: 4, text: "Yes?", words: [] },
  ];
  const cues = srtOf({ ...transcriptOf([]), speaker_segments: speakerSegments });
  expect(cues.map((cue) => cue.lines)).toEqual([["A: Hello there."], ["B: Yes?"]]);
});

test("text alone is shown over the length of the recording", () => {
  expect(srtOf({ ...transcriptOf([], 5), text: "Hello there." })).toMatchObject([
    { startMs: 0, endMs: 5000 },
  ]);
});

test("Chinese is written without spaces, and its wide characters take two columns", () => {
  const said = "今天的会议我们要讨论三个问题第一个问题是预算第二个问题是人员";
  const words = [...said].map((word, n) => `${word} ${n * 0.2} ${n * 0.2 + 0.2}`);
  const cues = srtOf({ ...transcriptOf(words), text: said });
  expect(cues.flatMap((cue) => cue.lines).join("")).toBe(said);
  for (const line of cues.flatMap((cue) => cue.lines)) expect(line.length).toBeLessThanOrEqual(21);
});

test("a long stretch of Japanese or Thai in one segment is broken, not before its punctuation", () => {
  const said =
    "今日は天気がいいので、散歩に行きましょう。そのあとで、駅前の店で昼ご飯を食べませんか。".repeat(2);
  const transcript = {
    ...transcriptOf([]),
    text: said,
    segments: [{ id: 0, start: 0, end: 20, text: said }],
  };
  const lines = srtOf(transcript).flatMap((cue) => cue.lines);
  expect(lines.join("")).toBe(said);
  for (const line of lines) expect(line).not.toMatch(/^[、。]/);
});

test("a word wider than a line is cut, and no emoji with it", () => {
  const word = `${"x".repeat(60)}${"👩‍👩‍👧‍👦".repeat(8)}`;
  const lines = srtOf(transcriptOf([`${word} 0 6`])).flatMap((cue) => cue.lines);
  expect(lines.join("")).toBe(word);
  for (const line of lines) expect(line).toMatch(/^(x|👩‍👩‍👧‍👦)+$/u);
});

test("a long name is shortened and leaves room for words", () => {
  const names = { A: "Professor Doctor Maximiliana von und zu Wolkenstein-Trostburg" };
  const cues = srtOf(transcriptOf(["Yes, 0 1 A", "indeed. 1 2 A", "No. 2 3 B"]), names);
  expect(cues[0]?.lines).toEqual(["Professor Doctor Maximiliana …: Yes,", "indeed."]);
  expect(vttOf(transcriptOf(["Yes. 0 1 A"]), names)[0]?.voice).toBe(names.A);
});

test("a label stands alone on its line only if no word fits beside it", () => {
  const cues = srtOf(transcriptOf([`${"a".repeat(35)} 0 1 SPEAKER_00`, "No. 1 2 SPEAKER_01"]));
  expect(cues[0]?.lines).toEqual(["SPEAKER_00:", "a".repeat(35)]);
});

test("words that all came without times are shown one after another", () => {
  const cues = srtOf(transcriptOf(Array.from({ length: 60 }, (_, n) => `word${n % 10} 0 0`)));
  expect(cues.flatMap((cue) => cue.lines.join(" ").split(" ")).length).toBe(60);
  expect((cues.at(-1)?.endMs ?? 0) / 1000).toBeGreaterThan(10);
});

test("line breaks and control characters inside a word are spaces", () => {
  const transcript = transcriptOf(["x 0 2"]);
  transcript.words = [{ id: 0, word: "a\n\n2\u0085b\u0000c\u2028d", start: 0, end: 2 }];
  expect(srtOf(transcript)[0]?.lines).toEqual(["a 2 b c d"]);
});
