import { expect, test } from "vitest";
import { readStrictSrt, readStrictVtt } from "./strict-subtitles.ts";

const SRT =
  "1\n00:00:00,000 --> 00:00:01,500\nHello.\nYou there.\n\n2\n00:00:01,500 --> 100:00:03,000\nBye.\n";

test("a sound SubRip file is read", () => {
  expect(readStrictSrt(SRT.replace("100:00:03", "00:00:03"))).toEqual([
    { startMs: 0, endMs: 1500, voice: undefined, lines: ["Hello.", "You there."] },
    { startMs: 1500, endMs: 3000, voice: undefined, lines: ["Bye."] },
  ]);
});

test("a sound WebVTT file is read, with its voices", () => {
  const body = "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\n<v Tom &amp; Ann>1 &lt; 2 --&gt; 3\n";
  expect(readStrictVtt(body)).toEqual([
    { startMs: 0, endMs: 1500, voice: "Tom & Ann", lines: ["1 < 2 --> 3"] },
  ]);
});

test("every breach of SubRip is refused", () => {
  const good = SRT.replace("100:00:03", "00:00:03");
  expect(() => readStrictSrt(SRT)).toThrow("cue 2 lasts");
  expect(() => readStrictSrt(good.trimEnd())).toThrow("line end");
  expect(() => readStrictSrt(good.replace("\n\n2", "\n\n3"))).toThrow("numbered 3");
  expect(() => readStrictSrt(good.replace("1,500 -->", "1,499 -->"))).toThrow("before 1500 ms");
  expect(() => readStrictSrt(good.replace("--> 00:00:01,500", "--> 00:00:00,000"))).toThrow("lasts 0 ms");
  expect(() => readStrictSrt(good.replace(",500 -->", ".500 -->"))).toThrow("no time line");
  expect(() => readStrictSrt(good.replace("01,500", "01,1000"))).toThrow("no time line");
  expect(() => readStrictSrt(good.replace("Hello.", "a --> b"))).toThrow("arrow");
  expect(() => readStrictSrt(good.replace("Hello.", "Hello.\nOh."))).toThrow("3 lines");
  expect(() => readStrictSrt(good.replace("Hello.", "x".repeat(43)))).toThrow("43 characters");
  expect(() => readStrictSrt(good.replace("Hello.", "a\u0085b"))).toThrow("control character");
  expect(() => readStrictSrt(good.replace("Hello.", " Hello."))).toThrow("padded");
});

test("every breach of WebVTT is refused", () => {
  const cue = (text: string) => `WEBVTT\n\n00:00:00.000 --> 00:00:01.500\n${text}\n`;
  expect(() => readStrictVtt("00:00:00.000 --> 00:00:01.500\nHi\n")).toThrow("begins with WEBVTT");
  expect(() => readStrictVtt(cue("a --> b"))).toThrow("arrow");
  expect(() => readStrictVtt(cue("a < b"))).toThrow("angle bracket");
  expect(() => readStrictVtt(cue("<v A\nB>Hi"))).toThrow("angle bracket");
  expect(() => readStrictVtt(cue("R&D"))).toThrow("ampersand");
  expect(() => readStrictVtt(cue("R&nbsp;D"))).toThrow("ampersand");
});
