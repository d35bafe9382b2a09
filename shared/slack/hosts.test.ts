import { describe, expect, test } from "vitest";
import { isResponseUrl, mayHaveToken, slackHosts } from "./hosts.ts";

const REAL = slackHosts("", false);
const LOCAL = slackHosts("http://127.0.0.1:8789/api", true);

test("a stand-in is heeded in a local run only", () => {
  expect(LOCAL.apiUrl).toBe("http://127.0.0.1:8789/api/");
  expect(slackHosts("http://127.0.0.1:8789/api/", false)).toEqual(REAL);
  expect(slackHosts(undefined, true)).toEqual(REAL);
});

describe("a token goes", () => {
  test.each([
    "https://slack.com/api/files.info",
    "https://files.slack.com/files-pri/T1-F1/download/a.mp3",
    "https://acme.enterprise.slack.com/files-pri/x",
  ])("to %s", (url) => {
    expect(mayHaveToken(new URL(url), REAL)).toBe(true);
  });

  test.each([
    "http://files.slack.com/a",
    "https://files.slack.com:8443/a",
    "https://slack.com.example.com/a",
    "https://notslack.com/a",
    "https://files.slack-edge.com/a",
    "https://d1.cloudfront.net/a",
    "https://slack-files.com/a",
  ])("not to %s", (url) => {
    expect(mayHaveToken(new URL(url), REAL)).toBe(false);
  });

  test("to the stand-in's own origin in a local run, and not to Slack", () => {
    expect(mayHaveToken(new URL("http://127.0.0.1:8789/files-pri/a"), LOCAL)).toBe(true);
    expect(mayHaveToken(new URL("http://127.0.0.1:8790/files-pri/a"), LOCAL)).toBe(false);
    expect(mayHaveToken(new URL("https://files.slack.com/a"), LOCAL)).toBe(false);
  });
});

test.each([
  ["https://hooks.slack.com/commands/T1/2/3", true],
  ["http://hooks.slack.com/commands/T1/2/3", false],
  ["https://hooks.slack.com.example.com/x", false],
  ["https://10.0.0.1/x", false],
  ["no address", false],
])("%s as a response_url: %s", (url, isOne) => {
  expect(isResponseUrl(url, REAL)).toBe(isOne);
});
