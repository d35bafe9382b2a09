import { Webhook } from "standardwebhooks";
import { afterAll, describe, expect, test } from "vitest";
import { createDiarist, type FedEvent } from "../../client/index.ts";
import { createPausableRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import { linesOf, useCommandLine } from "../support/clients/command-line.ts";
import { expectProblem } from "../support/clients/expect-problem.ts";
import { accepted, sendRaw, textBytes } from "../support/clients/send-job.ts";
import type { ShownJob } from "../support/stack/diarist.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";
import { createTenant } from "../support/stack/tenants.ts";

const talk = await bytesOf(await record(TALK));

const recogniser = createPausableRecogniser();
const diarist = await openDiarist(recogniser);
afterAll(() => diarist.close());
const { start } = await useCommandLine(diarist.url);

type Page = { data: FedEvent[]; next: string; more: boolean };

/** A tenant of its own, so that its events are those of one test. */
async function asTenant(name: string) {
  const { key } = await createTenant(diarist, name);
  const read = async (query = ""): Promise<Page> => {
    const answer = await diarist.call(`/v1/events${query}`, {}, key);
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()) as Page;
  };
  const complete = async (query = ""): Promise<ShownJob> =>
    diarist.finished((await accepted(sendRaw(diarist, talk, { query, key }))).id, key);
  /** A job that fails at once. */
  const fail = async (): Promise<ShownJob> =>
    diarist.finished((await accepted(sendRaw(diarist, textBytes("no audio"), { key }))).id, key);
  return { key, env: { DIARIST_API_KEY: key }, read, complete, fail };
}

function verify({ body, headers }: FedEvent, secret: string): unknown {
  return new Webhook(secret).verify(body, headers);
}

async function secretOf(key: string): Promise<string> {
  const answer = await diarist.call("/v1/webhooks/secret", {}, key);
  return ((await answer.json()) as { secret: string }).secret;
}

describe("GET /v1/events", () => {
  test("has each event with the body of its webhook, signed with the tenant's secret", async () => {
    const { key, read, complete } = await asTenant("signed");
    const receiver = await diarist.receiver(key);
    const job = await complete(`?webhook_url=${encodeURIComponent(receiver.url)}`);
    const [webhook] = await receiver.waitFor(1);
    await receiver.close();
    const { data, more } = await read("?types=job.completed");
    expect({ data, more }).toEqual({
      data: [
        {
          id: webhook?.id,
          type: "job.completed",
          job_id: job.id,
          created_at: job.timings.completed_at,
          body: webhook?.body,
          headers: {
            "webhook-id": webhook?.id,
            "webhook-timestamp": expect.stringMatching(/^\d{10}$/),
            "webhook-signature": expect.stringMatching(/^v1,/),
          },
        },
      ],
      more: false,
    });
    const [event] = data as [FedEvent];
    const secret = await secretOf(key);
    expect(verify(event, secret)).toMatchObject({ data: { id: job.id } });
    const changed = { ...event, body: event.body.replace("completed", "Completed") };
    expect(() => verify(changed, secret)).toThrow("No matching signature");
    const { key: otherKey } = await asTenant("signed, other");
    const otherSecret = await secretOf(otherKey);
    expect(() => verify(event, otherSecret)).toThrow("No matching signature");
  });

  test("goes on from where a page ended, oldest first, and says whether there is more", async () => {
    const { read, fail } = await asTenant("pages");
    const jobs = [await fail(), await fail(), await fail()];
    const [one, two, three] = jobs.map(({ id }) => [id, id]); // queued, failed
    const first = await read("?limit=4");
    const second = await read(`?limit=4&after=${first.next}`);
    expect([first, second].map(({ data }) => data.map((event) => event.job_id))).toEqual([
      [one, two].flat(),
      three,
    ]);
    expect([first.more, second.more]).toEqual([true, false]);
    const third = await read(`?after=${second.next}`);
    expect(third).toMatchObject({ data: [], more: false });
    const { id } = await fail();
    expect((await read(`?after=${third.next}`)).data.map((event) => event.job_id)).toEqual([id, id]);
  });

  test("begins with the last few, or with what is yet to come", async () => {
    const { read, fail, complete } = await asTenant("last");
    expect(await read("?last=5")).toMatchObject({ data: [], more: false });
    const jobs = [await fail(), await complete(), await fail()].map(({ id }) => id);
    const [one, two, three] = jobs;
    const ids = async (query: string) => (await read(query)).data.map((event) => event.job_id);
    expect(await ids("?last=3")).toEqual([two, three, three]);
    expect(await ids("?last=100")).toEqual([one, one, two, two, two, three, three]);
    expect(await ids("?last=1&types=job.completed")).toEqual([jobs[1]]);
    expect(await ids("?last=2&types=job.failed")).toEqual([jobs[0], jobs[2]]);
    expect(await ids("?last=3&types=job.canceled")).toEqual([]);
    const { data, next } = await read("?last=0");
    expect(data).toEqual([]);
    const { id } = await fail();
    expect(await ids(`?after=${next}`)).toEqual([id, id]);
  });

  test("leaves out other types and still goes past them", async () => {
    const { read, fail, complete } = await asTenant("types");
    await fail();
    const { id } = await complete();
    const first = await read("?types=job.completed&limit=4");
    expect(first).toMatchObject({ data: [], more: true });
    const second = await read(`?types=job.completed&limit=4&after=${first.next}`);
    expect(second).toMatchObject({ data: [{ job_id: id }], more: false });
    expect((await read("?types=job.failed,job.completed")).data).toHaveLength(2);
  });

  test("waits for an event, and answers as soon as there is one", async () => {
    const { key, read } = await asTenant("waits");
    const release = recogniser.hold();
    const { id } = await accepted(sendRaw(diarist, talk, { key }));
    const waiting = read("?wait=60&types=job.completed");
    expect(await read("?types=job.completed")).toMatchObject({ data: [], more: false });
    release();
    expect((await waiting).data).toMatchObject([{ job_id: id, type: "job.completed" }]);
  });

  test("shows nothing of other tenants, whatever the cursor", async () => {
    const [one, other] = [await asTenant("one"), await asTenant("other")];
    const before = await other.read();
    await one.fail();
    expect(await other.read()).toMatchObject({ data: [] });
    expect(await other.read(`?after=${before.next}`)).toMatchObject({ data: [] });
    expect(await other.read(`?after=${(await one.read("?last=1")).next}`)).toMatchObject({ data: [] });
  });

  test("refuses what cannot be meant", async () => {
    const { key, read } = await asTenant("refused");
    const { next } = await read();
    const wrong = ["after=x", "after=12", `after=${next}x`, `after=${next}&last=1`, "last=101", "last=-1"];
    const more = ["types=job.done", "types=", "limit=0", "limit=101", "wait=61", "wait=-1"];
    for (const query of [...wrong, ...more]) {
      await expectProblem(diarist.call(`/v1/events?${query}`, {}, key), 422, "invalid_params");
    }
    await expectProblem(diarist.call("/v1/events", {}, null), 401, "unauthorized");
  });
});

describe("the client's events", () => {
  test("go on where they were when the line broke: none missed, none twice", async () => {
    const { key, fail } = await asTenant("broken line");
    let broken = false;
    const interruptions: string[] = [];
    const leaving = new AbortController();
    const { events } = createDiarist({
      url: diarist.url,
      apiKey: key,
      attempts: 1,
      fetch: (...request) => (broken ? Promise.reject(new TypeError("cable cut")) : fetch(...request)),
      pause: async () => {
        broken = false;
      },
    });
    const seen: (string | null)[] = [];
    const feed = events({
      signal: leaving.signal,
      last: 1,
      types: ["job.failed"],
      onInterruption: ({ message }) => interruptions.push(message),
    });
    const jobs = [(await fail()).id];
    seen.push((await feed.next()).value.job_id);
    for (let n = 0; n < 2; n++) {
      broken = true;
      jobs.push((await fail()).id, (await fail()).id);
      seen.push((await feed.next()).value.job_id, (await feed.next()).value.job_id);
    }
    expect(seen).toEqual(jobs);
    expect(interruptions).toEqual([
      expect.stringContaining("cable cut"),
      expect.stringContaining("cable cut"),
    ]);
    leaving.abort(new Error("enough"));
    await expect(feed.next()).rejects.toThrow("enough");
  });
});

describe("diarist listen", () => {
  test("forwards each event as the webhook that it would be, which the receiver verifies", async () => {
    const { key, env, complete, fail } = await asTenant("forward");
    const [hook, laptop] = [await diarist.receiver(key), await diarist.receiver(key)];
    const listening = start(["listen", "--forward", laptop.url, "--events", "job.completed,job.failed"], env);
    await listening.said(/Listening/);
    const job = await complete(`?webhook_url=${encodeURIComponent(hook.url)}`);
    await fail();
    const [webhook] = await hook.waitFor(1);
    const came = await laptop.waitFor(2);
    expect(came.map(({ type, verified }) => [type, verified])).toEqual([
      ["job.completed", true],
      ["job.failed", true],
    ]);
    expect(came[0]).toMatchObject({ id: webhook?.id, body: webhook?.body });
    const shared = ["content-type", "user-agent", "webhook-id"];
    for (const name of shared) expect(came[0]?.headers[name]).toBe(webhook?.headers[name]);
    await listening.said(/job\.failed .* → 204/);
    listening.interrupt();
    const { code, stdout } = await listening.ended;
    expect(code).toBe(130);
    expect(stdout).toMatch(new RegExp(`job\\.completed  ${job.id}  ${webhook?.id}  verified  → 204`));
    await Promise.all([hook.close(), laptop.close()]);
  });

  test("replays the last few of the types asked for, and shows what the local server answers", async () => {
    const { env, complete, fail } = await asTenant("replay");
    const failed = [await fail(), await fail(), await fail()].map(({ id }) => id);
    await complete();
    const laptop = await diarist.receiver(env.DIARIST_API_KEY);
    const args = ["listen", "--forward", laptop.url, "--events", "job.failed", "--replay", "2", "--json"];
    const listening = start(args, env);
    await listening.said(new RegExp(`${failed[2]}.*\\n`));
    expect(laptop.received.map(({ body }) => JSON.parse(body).data.id)).toEqual(failed.slice(1));
    await laptop.close();
    const { id } = await fail();
    await listening.said(new RegExp(`${id}.*\\n`));
    listening.interrupt();
    const events = linesOf<FedEvent & { verified: boolean; forwarded: object }>(await listening.ended);
    expect(events.map(({ job_id, verified, forwarded }) => ({ job_id, verified, forwarded }))).toMatchObject([
      { job_id: failed[1], verified: true, forwarded: { status: 204, error: null } },
      { job_id: failed[2], verified: true, forwarded: { status: 204, error: null } },
      {
        job_id: id,
        verified: true,
        forwarded: { status: null, error: expect.stringContaining("ECONNREFUSED") },
      },
    ]);
  });

  test("refuses a type that is none, and a --forward that is no URL", async () => {
    const { env } = await asTenant("wrong");
    expect(await start(["listen", "--events", "job.done"], env).ended).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("job.completed"),
    });
    expect(await start(["listen", "--forward", "localhost:3000"], env).ended).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("http://localhost:3000/hook"),
    });
  });
});
