import { afterEach, expect, test, vi } from "vitest";
import { SLACK_CALL_MS } from "../limits.ts";
import { callSlack, type SlackApi, type SlackError } from "./call-slack.ts";

type Asked = { url: string; init: RequestInit };

function apiThat(answer: Response | Error, asked: Asked[] = []): SlackApi {
  return {
    baseUrl: "https://slack.com/api/",
    token: "xoxb-1",
    now: () => 0,
    fetch: async (url, init) => {
      asked.push({ url, init });
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
}

const refusal = (api: SlackApi) =>
  callSlack(api, "chat.postMessage", {}).then(
    () => "answered",
    (error: SlackError) => ({ code: error.code, status: error.status, retryAfterMs: error.retryAfterMs }),
  );

afterEach(() => void vi.useRealTimers());

test("arguments go as a form, objects in it as JSON, and what is missing is left out", async () => {
  const asked: Asked[] = [];
  const api = apiThat(Response.json({ ok: true, ts: "1.1" }), asked);
  const args = {
    channel: "C1",
    thread_ts: null,
    blocks: [{ type: "divider" }],
    unfurl_links: false,
    limit: 2,
  };
  expect(await callSlack(api, "chat.postMessage", args)).toEqual({ ok: true, ts: "1.1" });
  const [{ url, init } = { url: "", init: {} }] = asked;
  expect(url).toBe("https://slack.com/api/chat.postMessage");
  expect(new Headers(init.headers).get("authorization")).toBe("Bearer xoxb-1");
  expect(Object.fromEntries(new URLSearchParams(String(init.body)))).toEqual({
    channel: "C1",
    blocks: '[{"type":"divider"}]',
    unfurl_links: "false",
    limit: "2",
  });
  expect(init.redirect).toBe("manual");
});

test.each([
  [
    "Slack's no",
    Response.json({ ok: false, error: "channel_not_found" }),
    { code: "channel_not_found", status: 200 },
  ],
  [
    "a limit",
    new Response("", { status: 429, headers: { "retry-after": "30" } }),
    { code: "rate_limited", status: 429, retryAfterMs: 30_000 },
  ],
  ["a limit without a time", new Response("", { status: 429 }), { code: "rate_limited", status: 429 }],
  [
    "a limit with status 200",
    Response.json({ ok: false, error: "ratelimited" }, { headers: { "retry-after": "3" } }),
    { code: "rate_limited", status: 200, retryAfterMs: 3_000 },
  ],
  ["a 503", new Response("<html>", { status: 503 }), { code: "http_503", status: 503 }],
  ["a page", new Response("<html>"), { code: "unreadable", status: 200 }],
  ["an answer without a word", Response.json({}), { code: "unreadable", status: 200 }],
  [
    "a redirect",
    new Response(null, { status: 302, headers: { location: "/x" } }),
    { code: "http_302", status: 302 },
  ],
  [
    "a connection that breaks",
    new TypeError("fetch failed: token xoxb-1"),
    { code: "network", status: null },
  ],
])("%s", async (_, answer, expected) => {
  expect(await refusal(apiThat(answer))).toEqual({ retryAfterMs: null, ...expected });
});

test("an error names the method and Slack's word, and never the token", async () => {
  const error = await callSlack(apiThat(new Error("xoxb-1")), "files.info", {}).catch(
    (caught: unknown) => caught,
  );
  expect(String(error)).toBe("SlackError: files.info: network");
});

test("a call has eight seconds", async () => {
  const asked: Asked[] = [];
  const timeout = vi.spyOn(AbortSignal, "timeout");
  await callSlack(apiThat(Response.json({ ok: true }), asked), "files.info", {});
  expect(timeout).toHaveBeenCalledWith(SLACK_CALL_MS);
  expect(asked[0]?.init.signal).toBe(timeout.mock.results[0]?.value);
  timeout.mockRestore();
});
