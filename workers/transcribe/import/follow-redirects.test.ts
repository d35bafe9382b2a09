import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SOURCE_ANSWER_MS } from "../../../shared/limits.ts";
import { makeDeps } from "../../../tests/support/workers/transcribe-deps.ts";
import { followRedirects } from "./follow-redirects.ts";

const OWN = { authorization: "Bearer of the customer" };
const NO_STORAGE = {} as Parameters<typeof makeDeps>[0];

/** The hosts answer a redirect to what stands here, or 200; tells which request had the customer's header. */
async function follow(source: string, redirects: Record<string, string> = {}) {
  const asked: string[] = [];
  const deps = makeDeps(NO_STORAGE, {
    fetch: async (input, init) => {
      const url = String(input);
      const headers = new Headers((init as RequestInit).headers);
      asked.push(`${url} ${headers.get("authorization") ?? "-"} ${headers.get("range") ?? "-"}`);
      const location = redirects[url];
      return location ? new Response(null, { status: 302, headers: { location } }) : new Response("audio");
    },
  });
  deps.config.allowLocal = true;
  const answered = await followRedirects(deps, source, {
    headers: { range: "bytes=5-" },
    ownHeaders: OWN,
    signal: new AbortController().signal,
  });
  return { asked, answered };
}

describe("file_headers", () => {
  test("go to the server of the URL, also behind a redirect within it", async () => {
    const { asked } = await follow("https://a.example.com/1", { "https://a.example.com/1": "/2" });
    expect(asked).toEqual([
      "https://a.example.com/1 Bearer of the customer bytes=5-",
      "https://a.example.com/2 Bearer of the customer bytes=5-",
    ]);
  });

  test("go to no other host, and not back to the first once a redirect has led away", async () => {
    const { asked } = await follow("https://a.example.com/1", {
      "https://a.example.com/1": "https://b.example.com/2",
      "https://b.example.com/2": "https://a.example.com/3",
    });
    expect(asked).toEqual([
      "https://a.example.com/1 Bearer of the customer bytes=5-",
      "https://b.example.com/2 - bytes=5-",
      "https://a.example.com/3 - bytes=5-",
    ]);
  });

  test.each(["https://sub.a.example.com/2", "https://example.com/2"])(
    "do not go to a relative of the host: %s",
    async (to) => {
      const { asked } = await follow("https://a.example.com/1", { "https://a.example.com/1": to });
      expect(asked[1]).toBe(`${to} - bytes=5-`);
    },
  );

  test("do not go to another port of the host", async () => {
    const to = "http://127.0.0.1:8002/2";
    const { asked } = await follow("http://127.0.0.1:8001/1", { "http://127.0.0.1:8001/1": to });
    expect(asked[1]).toBe(`${to} - bytes=5-`);
  });
});

test("what is told names hosts alone: no path, no query", async () => {
  const { answered } = await follow("https://a.example.com/secret?token=secret", {
    "https://a.example.com/secret?token=secret": "https://b.example.com/hidden?sig=hidden",
  });
  expect(answered).toMatchObject({ ok: true, value: { who: "a.example.com, redirected to b.example.com," } });
  const refused = await follow("https://a.example.com/secret", {
    "https://a.example.com/secret": "https://10.0.0.1/hidden?sig=hidden",
  });
  expect(JSON.stringify(refused.answered)).toContain(
    "a.example.com redirected to 10.0.0.1, which is refused",
  );
  expect(JSON.stringify(refused.answered)).not.toMatch(/secret|hidden/);
});

describe("a server that takes its time", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  test("has 30 seconds to begin its answer, and is then told to be late", async () => {
    const aborted = vi.fn();
    const deps = makeDeps(NO_STORAGE, {
      fetch: (_, init) =>
        new Promise((_, reject) => {
          const { signal } = init as RequestInit;
          signal?.addEventListener("abort", () => {
            aborted();
            reject(signal.reason);
          });
        }),
    });
    const answered = followRedirects(deps, "https://a.example.com/1", {
      headers: {},
      ownHeaders: {},
      signal: new AbortController().signal,
    });
    await vi.advanceTimersByTimeAsync(SOURCE_ANSWER_MS - 1);
    expect(aborted).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(await answered).toEqual({
      ok: false,
      error: { seen: "a.example.com did not answer within 30 s.", passing: true },
    });
  });

  test("may take longer for its body", async () => {
    const deps = makeDeps(NO_STORAGE, { fetch: async () => new Response("audio") });
    const signal = new AbortController().signal;
    const answered = await followRedirects(deps, "https://a.example.com/1", {
      headers: {},
      ownHeaders: {},
      signal,
    });
    expect(vi.getTimerCount()).toBe(0);
    expect(answered.ok && (await answered.value.response.text())).toBe("audio");
  });
});
