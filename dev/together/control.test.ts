// Scripted faults and the record, over HTTP as a test in any language would use them.

import { expect, test } from "vitest";
import type { Sleep } from "../stand-in/sleep.ts";
import {
  type RawPart,
  type Started,
  sendExactly,
  start,
  TALK_TEXT,
  talk,
  writeForm,
} from "./testing/harness.ts";

async function put({ url }: Started, settings: unknown) {
  const body = typeof settings === "string" ? settings : JSON.stringify(settings);
  const answer = await sendExactly(new URL("/control", url), { method: "PUT", body });
  return { status: answer.status, json: JSON.parse(answer.body) };
}

async function ask({ url }: Started, parts: RawPart[] = [], path = "/v1/audio/transcriptions") {
  const file: RawPart = { name: "file", value: await talk(), filename: "talk.wav", type: "audio/wav" };
  const { headers, body } = writeForm([...parts, file]);
  return sendExactly(new URL(path, url), { headers, body });
}

/** Sleeps that end at once and are remembered. */
function recordSleeps(): { sleep: Sleep; slept: number[] } {
  const slept: number[] = [];
  return { slept, sleep: async (ms) => void slept.push(ms) };
}

test("PUT /control answers the new settings, GET /control shows them with counters", async () => {
  const started = await start();
  const faults = [{ match: { nth: 2 }, do: { status: 429, headers: { "retry-after": "1" } } }];
  const answer = await put(started, { faults, limits: { max_url_bytes: 5 } });
  expect(answer.status).toBe(200);
  expect(answer.json).toMatchObject({
    faults,
    limits: { max_url_bytes: 5, max_seconds: 14_400 },
    counters: { requests: 0, applied: [0] },
  });
  await ask(started);
  const limited = await ask(started);
  expect(limited.status).toBe(429);
  expect(limited.headers["retry-after"]).toBe("1");
  const shown = await sendExactly(new URL("/control", started.url), { method: "GET" });
  expect(JSON.parse(shown.body).counters).toEqual({ requests: 2, applied: [1] });
});

test("PUT /control names what is wrong and changes nothing", async () => {
  const started = await start();
  const answer = await put(started, { faults: [{ do: { status: "429" } }], limits: { max_seconds: 1 } });
  expect(answer.status).toBe(400);
  expect(answer.json.error.message).toMatch(/^faults\[0\]\.do\.status: /);
  expect(started.standIn.settings().limits.max_seconds).toBe(14_400);
  expect((await put(started, "{")).json.error.message).toMatch(/^The body is not JSON: /);
  expect((await put(started, "null")).status).toBe(400);
});

test("counting starts again with every PUT", async () => {
  const started = await start();
  await put(started, { faults: [{ match: { nth: 1 }, do: { status: 503 } }] });
  expect((await ask(started)).status).toBe(503);
  expect((await ask(started)).status).toBe(200);
  await put(started, {});
  expect((await ask(started)).status).toBe(503);
});

test("a fault for one route leaves the other alone", async () => {
  const started = await start();
  await put(started, { faults: [{ match: { path: "translations" }, do: { status: 500 } }] });
  expect((await ask(started)).status).toBe(200);
  expect((await ask(started, [], "/v1/audio/translations")).status).toBe(500);
});

test("a fault for long audio leaves short audio alone", async () => {
  const started = await start();
  const seconds = ((await talk()).length - 44) / 32_000;
  await put(started, { faults: [{ match: { min_seconds: seconds }, do: { kind: "html524" } }] });
  expect((await ask(started)).status).toBe(200);
  await put(started, { faults: [{ match: { min_seconds: seconds - 0.1 }, do: { kind: "html524" } }] });
  const answer = await ask(started);
  expect(answer).toMatchObject({ status: 524, headers: { "content-type": "text/html" } });
  expect(started.lastCall()).toMatchObject({ outcome: "fault:html524", audio_seconds: seconds });
});

test("empty200 is a 200 with nothing in it", async () => {
  const started = await start();
  await put(started, { faults: [{ do: { kind: "empty200" } }] });
  expect(await ask(started)).toMatchObject({ status: 200, body: "" });
});

test("headers alone are added to the ordinary answer", async () => {
  const started = await start();
  await put(started, { faults: [{ do: { headers: { "X-RateLimit-Remaining": 7 } } }] });
  const answer = await ask(started);
  expect(JSON.parse(answer.body)).toEqual({ text: TALK_TEXT });
  expect(answer.headers["x-ratelimit-remaining"]).toBe("7");
});

test("cutoff sends half the JSON and closes", async () => {
  const started = await start();
  await put(started, { faults: [{ do: { kind: "cutoff" } }] });
  await expect(ask(started)).rejects.toThrow(/aborted/);
  expect(started.lastCall()).toMatchObject({ status: 200, outcome: "fault:cutoff" });
});

test("drop closes without an answer, on arrival or once the file is known", async () => {
  const started = await start();
  await put(started, { faults: [{ match: { nth: 1 }, do: { kind: "drop" } }] });
  await expect(ask(started)).rejects.toThrow(/hang up|ECONNRESET|EPIPE/);
  expect(started.lastCall()).toMatchObject({ status: null, outcome: "fault:drop", fields: [] });
  await put(started, { faults: [{ match: { file: "talk" }, do: { kind: "drop" } }] });
  await expect(ask(started)).rejects.toThrow(/hang up|ECONNRESET|EPIPE/);
  expect(started.lastCall()).toMatchObject({
    status: null,
    outcome: "fault:drop",
    fields: [{ name: "file" }],
  });
});

test("drop_mid_upload closes while the body is still coming", async () => {
  const started = await start();
  await put(started, { faults: [{ do: { kind: "drop_mid_upload", after_bytes: 10 } }] });
  await expect(ask(started)).rejects.toThrow(/hang up|ECONNRESET|EPIPE/);
  const { body_bytes, outcome } = started.lastCall();
  expect(outcome).toBe("fault:drop_mid_upload");
  expect(body_bytes).toBeGreaterThanOrEqual(10);
  expect(body_bytes).toBeLessThan((await talk()).length);
});

test("delay_seconds holds the headers back, slow_body the body", async () => {
  const { sleep, slept } = recordSleeps();
  const started = await start({ sleep });
  await put(started, {
    faults: [
      { match: { nth: 1 }, do: { delay_seconds: 120 } },
      { match: { nth: 2 }, do: { delay_seconds: 3, status: 503 } },
      { match: { nth: 3 }, do: { kind: "slow_body", body_seconds: 60 } },
    ],
  });
  expect(JSON.parse((await ask(started)).body)).toEqual({ text: TALK_TEXT });
  expect(slept.splice(0)).toEqual([120_000]);
  expect((await ask(started)).status).toBe(503);
  expect(slept.splice(0)).toEqual([3_000]);
  expect(JSON.parse((await ask(started)).body)).toEqual({ text: TALK_TEXT });
  expect(slept.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(50_000);
});

test("seconds_per_audio_minute makes an answer take its time", async () => {
  const { sleep, slept } = recordSleeps();
  const started = await start({ sleep, now: () => new Date(0) });
  await put(started, { seconds_per_audio_minute: 30 });
  await ask(started);
  const seconds = ((await talk()).length - 44) / 32_000;
  expect(slept).toHaveLength(1);
  expect(slept[0]).toBeCloseTo((seconds / 60) * 30 * 1000, 3);
});

test("GET /control/calls lists requests in order and DELETE clears them", async () => {
  const started = await start({ now: () => new Date("2026-11-20T10:00:00Z") });
  await ask(started, [{ name: "model", value: "acme/none" }]);
  await ask(started, [{ name: "language", value: "en" }]);
  const url = new URL("/control/calls", started.url);
  const listed = JSON.parse((await sendExactly(url, { method: "GET" })).body);
  expect(listed).toMatchObject([
    { n: 1, status: 404, outcome: "model_not_available", fields: [{ name: "model" }, { name: "file" }] },
    { n: 2, status: 200, outcome: "ok", at: "2026-11-20T10:00:00.000Z", user_agent: "raw/1", took_ms: 0 },
  ]);
  expect(JSON.stringify(listed)).not.toContain("test-key");
  expect((await sendExactly(url, { method: "DELETE" })).status).toBe(204);
  expect(JSON.parse((await sendExactly(url, { method: "GET" })).body)).toEqual([]);
});

test("an unknown control route says which there are", async () => {
  const { url, standIn } = await start();
  const answer = await sendExactly(new URL("/control/faults", url), { method: "GET" });
  expect(answer.status).toBe(404);
  expect(answer.body).toContain("PUT /control");
  expect(standIn.calls()).toEqual([]);
});
