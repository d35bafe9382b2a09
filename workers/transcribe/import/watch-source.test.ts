import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SOURCE_IDLE_MS } from "../../../shared/limits.ts";
import { DownloadBrokenError, watchSource } from "./watch-source.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** A body that the test feeds. */
function feed() {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const canceled = vi.fn();
  const body = new ReadableStream<Uint8Array>({
    start: (given) => void (controller = given),
    cancel: canceled,
  });
  return {
    body,
    canceled,
    send: (text: string) => controller?.enqueue(new TextEncoder().encode(text)),
    controller,
  };
}

test("a body that sends in time goes on for as long as it likes", async () => {
  const { body, send, controller } = feed();
  const source = watchSource(body);
  for (let n = 0; n < 5; n++) {
    const next = source.next();
    await vi.advanceTimersByTimeAsync(SOURCE_IDLE_MS - 1);
    send("abc");
    expect((await next).byteLength).toBe(3);
  }
  controller?.close();
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
  const { body, controller } = feed();
  const next = watchSource(body).next();
  controller?.error(new Error("connection reset"));
  await expect(next).rejects.toThrow(DownloadBrokenError);
});
