// Clients that leave, a stand-in that closes, and a record that does not grow for ever.

import { existsSync } from "node:fs";
import { type ClientRequest, IncomingMessage, request } from "node:http";
import { Socket } from "node:net";
import { dirname } from "node:path";
import { expect, test, vi } from "vitest";
import type { Recognition } from "../recognise/recognise.ts";
import { keepNewest } from "../stand-in/newest.ts";
import { describeCall, recordField } from "./calls.ts";
import { createTogetherStandIn } from "./server.ts";
import { hostFiles, sendExactly, start, talk, writeForm } from "./testing/harness.ts";

const SILENCE: Recognition = {
  container: "wav",
  codec: "pcm",
  duration: 1,
  heard: "activity",
  words: [],
  speech: [],
};

/** Begins a request and leaves its end to the test; errors are expected and swallowed. */
function begin(url: URL, form: ReturnType<typeof writeForm>): ClientRequest {
  const path = new URL("/v1/audio/transcriptions", url);
  const outgoing = request(path.href, { method: "POST", headers: form.headers, agent: false });
  outgoing.on("error", () => {});
  return outgoing;
}

async function upload(): Promise<ReturnType<typeof writeForm>> {
  return writeForm([{ name: "file", value: await talk(), filename: "talk.wav" }]);
}

/** Hears nothing until it is told to, and tells which file it was given. */
function recogniseLater() {
  let release: (recognition: Recognition) => void = () => {};
  let given: (path: string) => void = () => {};
  const path = new Promise<string>((resolve) => {
    given = resolve;
  });
  const recognition = new Promise<Recognition>((resolve) => {
    release = resolve;
  });
  const recognise = (at: string) => {
    given(at);
    return recognition;
  };
  return { recognise, path, release };
}

test("a client that leaves while it uploads is on record as gone", async () => {
  const { url, lastCall, standIn } = await start();
  const form = await upload();
  const outgoing = begin(url, form);
  outgoing.write(form.body.subarray(0, 1000));
  await vi.waitUntil(() => (standIn.calls()[0]?.body_bytes ?? 0) > 0, { interval: 2, timeout: 4000 });
  outgoing.destroy();
  await vi.waitUntil(() => lastCall().outcome !== "pending", { interval: 2, timeout: 4000 });
  expect(lastCall()).toMatchObject({ status: null, outcome: "client_gone" });
});

test("a client that leaves while its audio is heard is gone too, and its file with it", async () => {
  const { recognise, path, release } = recogniseLater();
  const { url, lastCall } = await start({ recognise });
  const form = await upload();
  const outgoing = begin(url, form);
  outgoing.end(form.body);
  const file = await path;
  expect(existsSync(file)).toBe(true);
  outgoing.destroy();
  // Answered in order: when this is, the stand-in has seen the client leave.
  await sendExactly(new URL("/control", url), { method: "GET" });
  release(SILENCE);
  await vi.waitUntil(() => lastCall().took_ms !== null, { interval: 2, timeout: 4000 });
  expect(lastCall().outcome).toBe("client_gone");
  expect(existsSync(file)).toBe(false);
});

test("a client that leaves stops the download of its URL", async () => {
  let left: () => void = () => {};
  const hungUp = new Promise<void>((resolve) => {
    left = resolve;
  });
  let asked: () => void = () => {};
  const reached = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const host = await hostFiles((_, __, response) => {
    response.on("close", left);
    response.writeHead(200).write("RIFF");
    asked();
  });
  const { url, lastCall } = await start();
  const form = writeForm([{ name: "file", value: host.url("/endless.wav") }]);
  const outgoing = begin(url, form);
  outgoing.end(form.body);
  await reached;
  outgoing.destroy();
  await hungUp;
  await vi.waitUntil(() => lastCall().outcome !== "pending", { interval: 2, timeout: 4000 });
  expect(lastCall().outcome).toBe("client_gone");
});

test("a client that leaves during a scripted delay ends the delay", async () => {
  const { url, lastCall, standIn } = await start({ settings: { faults: [{ do: { delay_seconds: 600 } }] } });
  const form = await upload();
  const outgoing = begin(url, form);
  outgoing.end(form.body);
  await vi.waitUntil(() => standIn.calls()[0]?.file !== null && standIn.calls().length > 0, {
    interval: 2,
    timeout: 4000,
  });
  outgoing.destroy();
  await vi.waitUntil(() => lastCall().outcome !== "pending", { interval: 2, timeout: 4000 });
  expect(lastCall().outcome).toBe("client_gone");
});

test("close waits for what is under way and leaves no file behind", async () => {
  const { recognise, path, release } = recogniseLater();
  const standIn = createTogetherStandIn({ recognise });
  const url = await standIn.listen(0);
  const form = await upload();
  begin(url, form).end(form.body);
  const folder = dirname(await path);
  const closed = standIn.close();
  expect(existsSync(folder)).toBe(true);
  release(SILENCE);
  await closed;
  expect(existsSync(folder)).toBe(false);
  expect(standIn.calls()[0]?.outcome).toBe("client_gone");
});

test("a port that is taken is told", async () => {
  const { url } = await start();
  const second = createTogetherStandIn();
  await expect(second.listen(Number(url.port))).rejects.toThrow("EADDRINUSE");
  await second.close();
});

test("the record keeps the newest calls and counts those it forgot", () => {
  const log = keepNewest<{ path: string }>(10);
  for (let index = 0; index < 25; index++) log.add({ path: "/v1/models" });
  expect(log.list().map(({ n }) => n)).toEqual([16, 17, 18, 19, 20, 21, 22, 23, 24, 25]);
  expect(log.forgotten()).toBe(15);
});

function newCall() {
  return { n: 1, ...describeCall(new IncomingMessage(new Socket()), "/", new Date(0)) };
}

test("one call keeps the first fields and counts the rest", () => {
  const call = newCall();
  for (let index = 0; index < 100_000; index++) recordField(call, { name: `file[${index}]`, value: "82" });
  expect(call.fields).toHaveLength(40);
  expect(call.fields_omitted).toBe(99_960);
});

test("a very long value is kept shortened", () => {
  const call = newCall();
  recordField(call, { name: "prompt", value: "x".repeat(60_000) });
  expect(JSON.stringify(call.fields).length).toBeLessThan(2_200);
});
