import { afterAll, describe, expect, test } from "vitest";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import { expectProblem } from "../support/clients/expect-problem.ts";
import { accepted, sendRaw } from "../support/clients/send-job.ts";
import type { ShownJob } from "../support/stack/diarist.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";
import { createTenant } from "../support/stack/tenants.ts";

/** Half a minute; parts of nine seconds and one at a time make of it three. */
const LONG_TALK = Array.from(
  { length: 30 },
  (_, n) => `A: the ${["first", "second", "third"][n % 3]} word`,
).join("\n");
const long = await bytesOf(await record(LONG_TALK));
const short = await bytesOf(await record(TALK));

/** The speech API hears one file for each time that the test lets it. */
const hear = createRecogniser();
const waiting: (() => void)[] = [];
const diarist = await openDiarist({
  vars: { PART_MINUTES: "0.2", UPSTREAM_CONCURRENCY: "1" },
  recognise: async (path) => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    return hear(path);
  },
});
afterAll(() => diarist.close());

/** Lets the call that waits, or the next one to come, be answered. */
async function letOneBeHeard(): Promise<void> {
  await expect.poll(() => waiting.length, { timeout: 30_000, interval: 20 }).toBeGreaterThan(0);
  waiting.shift()?.();
}

type Told = { id: string; event: string; retry: string; job: ShownJob };

function follow(id: string, headers: Record<string, string> = {}): Promise<Response> {
  return diarist.call(`/v1/jobs/${id}/events`, { headers });
}

/** The events of a stream, one by one; comments are left out. */
async function* read(answer: Response): AsyncGenerator<Told, void> {
  let text = "";
  for await (const chunk of answer.body ?? []) {
    text += Buffer.from(chunk).toString();
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const fields = text
        .slice(0, end)
        .split("\n")
        .filter((line) => !line.startsWith(":"))
        .map((line): [string, string] => {
          const at = line.indexOf(": ");
          return [line.slice(0, at), line.slice(at + 2)];
        });
      text = text.slice(end + 2);
      const { id = "", event = "", retry = "", data } = Object.fromEntries(fields);
      if (data) yield { id, event, retry, job: JSON.parse(data) };
    }
  }
}

test("a job is followed part by part to its end, with which the stream ends", async () => {
  const { id } = await accepted(sendRaw(diarist, long, { query: "?diarize=false&reuse=false" }));
  const answer = await follow(id);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toMatch(/^text\/event-stream/);
  const done: number[] = [];
  let last: Told | undefined;
  let total = 0;
  for await (const told of read(answer)) {
    expect(told.retry).toMatch(/^\d+$/);
    expect(told.id).not.toBe(last?.id);
    last = told;
    const { stage, parts_done, parts_total } = told.job.progress;
    if (told.event !== "job.progress" || stage !== "transcribing" || parts_total === 1) continue;
    total = parts_total;
    done.push(parts_done);
    await letOneBeHeard();
  }
  expect(total).toBeGreaterThan(1);
  expect(done).toEqual(Array.from({ length: total }, (_, n) => n));
  expect(last).toMatchObject({ event: "job.completed", job: { id, status: "completed" } });
  expect(last?.job).toEqual(await (await diarist.call(`/v1/jobs/${id}`)).json());
});

describe("a job that has ended", () => {
  test("is told of once, and a client that has heard it is told that there is no more", async () => {
    const { id } = await accepted(sendRaw(diarist, short, { query: "?reuse=false" }));
    await letOneBeHeard();
    await diarist.finished(id);
    const told: Told[] = [];
    for await (const each of read(await follow(id))) told.push(each);
    expect(told.map(({ event }) => event)).toEqual(["job.completed"]);

    const again = await follow(id, { "last-event-id": told[0]?.id ?? "" });
    expect([again.status, await again.text()]).toEqual([204, ""]);
    const stranger = read(await follow(id, { "last-event-id": "something else" }));
    expect((await stranger.next()).value).toMatchObject({ event: "job.completed" });
  });

  test("by cancellation ends the stream of those who follow it", async () => {
    const { id } = await accepted(sendRaw(diarist, short, { query: "?reuse=false" }));
    const stream = read(await follow(id));
    await stream.next();
    await diarist.call(`/v1/jobs/${id}/cancel`, { method: "POST" });
    let last: Told | undefined;
    for await (const told of stream) last = told;
    expect(last).toMatchObject({ event: "job.canceled", job: { status: "canceled" } });
    await letOneBeHeard();
  });
});

test("another tenant's job cannot be followed, nor one that never was", async () => {
  const { key } = await createTenant(diarist, "nosy");
  const { id } = await accepted(sendRaw(diarist, short));
  await expectProblem(diarist.call(`/v1/jobs/${id}/events`, {}, key), 404, "not_found");
  await expectProblem(follow("job_01jd0000000000000000000000"), 404, "not_found");
  await expectProblem(diarist.call(`/v1/jobs/${id}/events`, {}, null), 401, "unauthorized");
  await letOneBeHeard();
});
