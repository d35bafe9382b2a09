import { describe, expect, test } from "vitest";
import type { Job } from "../../../shared/job.ts";
import {
  answerWhenFinished,
  HOLD_MS,
  HOLD_TEXT_MS,
  KEEP_ALIVE_MS,
  LONGEST_MS,
  type Waiting,
} from "./answer-when-finished.ts";
import { endedWithout, NoTranscriptError } from "./envelope.ts";

const CHOICES = { reuse: true, temperature: 0 };
const job = (status: string, options = CHOICES) => ({ id: "job_1", status, error: null, options }) as Job;

type Life = { finishedAt?: number; as?: "completed" | "canceled" | "deleted"; options?: typeof CHOICES };

/** A job that ends at this time, by a clock that only pauses move. */
function live({ finishedAt = Number.POSITIVE_INFINITY, as = "completed", options = CHOICES }: Life) {
  const client = new AbortController();
  const deps = { time: 0, looks: 0, client, running: job("processing", options) };
  const waiting: Waiting = {
    async look() {
      deps.looks++;
      if (deps.time < finishedAt) return deps.running;
      return as === "deleted" ? null : job(as, options);
    },
    async pause(ms) {
      deps.time += ms;
    },
    now: () => deps.time,
    signal: client.signal,
    async write(finished) {
      if (finished.status !== "completed") throw endedWithout(finished);
      return { pieces: ['{"text":', '"hello"}'], contentType: "application/json", warnings: [] };
    },
    explain: async (error) => JSON.stringify({ error: { code: (error as NoTranscriptError).code } }),
  };
  return { deps, waiting, ask: (isText: boolean) => answerWhenFinished(deps.running, isText, waiting) };
}

/** What came of a body before it broke off, and whether it did. */
async function readAll(response: Response): Promise<{ text: string; broken: boolean }> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
    return { text, broken: false };
  } catch {
    return { text, broken: true };
  }
}

describe("JSON", () => {
  test("that is ready within 50 s comes without a space before it", async () => {
    const { ask, deps } = live({ finishedAt: HOLD_MS });
    expect(await (await ask(false)).text()).toBe('{"text":"hello"}');
    expect(deps.time).toBe(HOLD_MS);
  });

  test("that takes longer begins with a space every 15 s, and is JSON all the same", async () => {
    const { ask } = live({ finishedAt: HOLD_MS + 3 * KEEP_ALIVE_MS });
    const response = await ask(false);
    expect(Object.fromEntries(response.headers)).toEqual({
      "content-type": "application/json",
      "cache-control": "no-transform", // a compressor would hold the spaces back
      "content-encoding": "identity",
    });
    const { text, broken } = await readAll(response);
    expect(broken).toBe(false);
    expect(text).toBe(`${" ".repeat(2)}{"text":"hello"}`);
    expect(JSON.parse(text)).toEqual({ text: "hello" });
  });

  test("of a job that fails within 50 s is refused with a status of its own", async () => {
    await expect(live({ finishedAt: HOLD_MS, as: "canceled" }).ask(false)).rejects.toMatchObject({
      status: 400,
      code: "job_canceled",
    });
  });

  test("of a job that fails later says why, and breaks off so that no client takes it for a transcript", async () => {
    const response = await live({ finishedAt: HOLD_MS + 1, as: "canceled" }).ask(false);
    const { text, broken } = await readAll(response);
    expect(JSON.parse(text)).toEqual({ error: { code: "job_canceled" } });
    expect(broken).toBe(true);
  });

  test("of a job that is deleted meanwhile is not there any more", async () => {
    await expect(live({ finishedAt: 1_000, as: "deleted" }).ask(false)).rejects.toMatchObject({
      status: 404,
    });
    const late = await readAll(await live({ finishedAt: HOLD_MS + 1, as: "deleted" }).ask(false));
    expect(late).toEqual({ text: '{"error":{"code":"not_found"}}', broken: true });
  });

  test("of an hour asks D1 less than the thousand times that a Worker may", async () => {
    const { ask, deps } = live({ finishedAt: LONGEST_MS });
    expect(await readAll(await ask(false))).toMatchObject({ broken: false });
    expect(deps.looks).toBeLessThan(900);
  });

  test("of more than an hour ends with what to do", async () => {
    const { text, broken } = await readAll(await live({ finishedAt: LONGEST_MS + 1 }).ask(false));
    expect(JSON.parse(text)).toEqual({ error: { code: "still_working" } });
    expect(broken).toBe(true);
  });
});

describe("text", () => {
  test("is waited for as long as Node's fetch waits for headers", async () => {
    const { ask } = live({ finishedAt: HOLD_TEXT_MS });
    expect((await ask(true)).status).toBe(200);
  });

  test("that takes longer is a 504 whose repetition costs nothing, as clients are told", async () => {
    const refused = live({ finishedAt: HOLD_TEXT_MS + 1 }).ask(true);
    await expect(refused).rejects.toThrow(NoTranscriptError);
    await expect(refused).rejects.toMatchObject({ status: 504, code: "still_working", again: true });
    await expect(refused).rejects.toThrow(/\/v1\/jobs\/job_1\/transcript .* not paid for twice/);
  });

  test("of its own, which a repetition would buy again, is not asked for again", async () => {
    const own = live({ options: { reuse: false, temperature: 0 } }).ask(true);
    await expect(own).rejects.toMatchObject({ status: 504, again: false });
    const varied = live({ options: { reuse: true, temperature: 0.2 } }).ask(true);
    await expect(varied).rejects.toMatchObject({ status: 504, again: false });
  });
});

test("a job is not looked at for a caller who has disconnected", async () => {
  const { ask, deps } = live({});
  deps.client.abort();
  await ask(false);
  expect(deps.looks).toBe(0);
});
