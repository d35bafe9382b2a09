import { expect, test } from "vitest";
import { layOutScript } from "./lay-out-script.ts";
import { parseScript, ScriptError } from "./parse-script.ts";

test("a script is turns, starts and pauses; blank lines and comments do not count", () => {
  const steps = parseScript("# two people\n\nA: Hello there\r\n@12.5 Bob: Hi!\npause 3\n");
  expect(steps).toEqual([
    { kind: "turn", line: 3, speaker: "A", words: ["Hello", "there"], at: null },
    { kind: "turn", line: 4, speaker: "Bob", words: ["Hi!"], at: 12.5 },
    { kind: "pause", line: 5, seconds: 3 },
  ]);
});

test("words may hold # and :", () => {
  expect(parseScript("A: see #12 at 10:30")).toMatchObject([{ words: ["see", "#12", "at", "10:30"] }]);
});

test("an error names its line and what was expected", () => {
  expect(() => parseScript("A: fine\nno speaker here")).toThrow(
    'line 2: "no speaker here" is neither "A: words", "@12.5 A: words", "pause 3" nor a # comment',
  );
  expect(() => parseScript("A:")).toThrow("line 1: A says nothing");
  expect(() => parseScript("\npause soon")).toThrow(
    'line 2: "soon" is not a number of seconds, as in "pause 3"',
  );
  expect(() => parseScript("@x A: hi")).toThrow('line 1: "x" is not a number of seconds');
});

test("a turn that would start before the last one ended is refused by line", () => {
  const steps = parseScript("A: one two three four five\n\n@0.5 B: wait");
  expect(() => layOutScript(steps)).toThrow(ScriptError);
  expect(() => layOutScript(steps)).toThrow(/^line 3: B would start at 0.5 s while line 1 speaks until/);
});

test("a turn may start right when the last one and its gap are over", () => {
  const { turns } = layOutScript(parseScript("A: one"));
  const end = turns[0]?.words[0]?.end ?? 0;
  expect(() => layOutScript(parseScript(`A: one\n@${(end + 0.06).toFixed(3)} B: two`))).not.toThrow();
  expect(() => layOutScript(parseScript(`A: one\n@${(end + 0.05).toFixed(3)} B: two`))).toThrow(ScriptError);
});

test("a word that cannot be said is refused by line", () => {
  expect(() => layOutScript(parseScript(`A: hi\nB: ${"long".repeat(40)}`))).toThrow(
    /^line 2: .*160 bytes long/,
  );
});

test("pauses add silence between turns and at the end", () => {
  const plain = layOutScript(parseScript("A: one\nB: two"));
  const paused = layOutScript(parseScript("A: one\npause 2\nB: two\npause 3"));
  expect(paused.duration - plain.duration).toBeCloseTo(5, 6);
  expect(paused.turns[1]?.words[0]?.start).toBeCloseTo((plain.turns[1]?.words[0]?.start ?? 0) + 2, 6);
});
