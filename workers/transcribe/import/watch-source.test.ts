import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SOURCE_IDLE_MS } from "../../../shared/limits.ts";
import { DownloadBrokenError, watchSource } from "./watch-source.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** A body that the test feeds. */
function feed() {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  writer.closed.catch(() => undefined);
  return {
    body: readable,
    send: (text: string) => void writer.write(new TextEncoder().encode(text)),
    end: () => void writer.close(),
    breakOff: () => void writer.abort(new Error("connection reset")).catch(() => undefined),
  };
}

test("a body that sends in time goes on for as long as it likes", async () => {
  const { body, send, end } = feed();
  const source = watchSource(body);
  for (let n = 0; n < 5; n++) {
    const next = source.next();
    await vi.advanceTimersByTimeAsync(SOURCE_IDLE_MS - 1);
    send("abc");
    expect((await next).byteLength).toBe(3);
  }
  end();
  expect((await source.next()).byteLength).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

test("a body that stops sending is left after a minute", async () => {
  const { body } = feed();
  const next = watchSource(body).next();
  const failed = expect(next).rejects.toThrow(new DownloadBrokenError("stopped sending for 60 s"));
  await vi.advanceTimersByTimeAsync(SOURCE_IDLE_MS);
  await failed;
  expect(vi.getTimerCount()).toBe(0);
});

test("a body that breaks is told apart from what fails on our side", async () => {
  const { body, breakOff } = feed();
  const next = watchSource(body).next();
  breakOff();
  await expect(next).rejects.toThrow(DownloadBrokenError);
});
