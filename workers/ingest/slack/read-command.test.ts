import { expect, test } from "vitest";
import { slackHosts } from "../../../shared/slack/hosts.ts";
import { readCommand } from "./read-command.ts";

const POLICY = { allowLocal: false, ownHosts: ["https://diarist.example.com"] };
const URL = "https://example.com/talk.mp3";
const read = (words: string) => readCommand(words, POLICY, slackHosts("", false));

test.each([
  [URL, { language: "auto", speakers: null }],
  [`${URL} en`, { language: "en", speakers: null }],
  [`${URL} EN 2`, { language: "en", speakers: 2 }],
  [`${URL} 2 de`, { language: "de", speakers: 2 }],
  [`  <${URL}>  auto 100 `, { language: "auto", speakers: 100 }],
  [`<${URL}|talk.mp3> 1`, { language: "auto", speakers: 1 }],
])("/transcribe %s", (words, expected) => {
  expect(read(words)).toEqual({ ok: true, value: { url: URL, ...expected } });
});

test("an address that Slack has escaped is read as it was meant", () => {
  expect(read("<https://example.com/a?b=1&amp;c=2>")).toMatchObject({
    value: { url: "https://example.com/a?b=1&c=2" },
  });
});

test.each([
  ["", /address of a recording/],
  ["help", /address of a recording/],
  ["talk.mp3", /cannot fetch/],
  ["http://example.com/talk.mp3", /https/],
  ["https://10.0.0.1/talk.mp3", /host name/],
  ["https://diarist.example.com/media/x", /own address/],
  [`${URL} english`, /"english"/],
  [`${URL} en de`, /"de"/],
  [`${URL} 2 3`, /"3"/],
  [`${URL} 0`, /from 1 to 100/],
  [`${URL} 101`, /from 1 to 100/],
])("/transcribe %s says what is wrong, and how it is used", (words, reason) => {
  const answer = read(words);
  expect(answer.ok ? "" : answer.error).toMatch(reason);
  expect(answer.ok ? "" : answer.error).toContain("/transcribe <url>");
});

test("an address within Slack is not taken: the bot may see more than who typed it", () => {
  expect(read("https://files.slack.com/files-pri/T1-F1/talk.mp3")).toEqual({
    ok: false,
    error: expect.stringContaining("menu of its message"),
  });
});
