import { randomUUID } from "node:crypto";
import { afterAll, describe, expect, test } from "vitest";
import { createDiarist } from "../../client/index.ts";
import { DEV_API_KEY } from "../../dev/local/seed-tenant.ts";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record } from "../support/audio/recordings.ts";
import { linesOf, useCommandLine } from "../support/clients/command-line.ts";
import { expectNothingKept, expectProblem } from "../support/clients/expect-problem.ts";
import { accepted, sendRaw } from "../support/clients/send-job.ts";
import type { ShownJob } from "../support/stack/diarist.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";
import { createTenant, setLimits } from "../support/stack/tenants.ts";

const diarist = await openDiarist({ recognise: createRecogniser() });
afterAll(() => diarist.close());

const talkOf = async (words: string) => bytesOf(await record(`A: ${words}\nB: yes\n`));

async function run(words: string, query = "", key?: string): Promise<ShownJob> {
  const sent = sendRaw(diarist, await talkOf(words), { query, ...(key ? { key } : {}) });
  return diarist.finished((await accepted(sent)).id, key);
}

function again(id: string, options: unknown = null, headers: Record<string, string> = {}, key?: string) {
  const init = options === null ? {} : { body: JSON.stringify(options) };
  const type = options === null ? {} : { "content-type": "application/json" };
  return diarist.call(
    `/v1/jobs/${id}/transcribe-again`,
    { method: "POST", ...init, headers: { ...type, ...headers } },
    key,
  );
}

describe("the same recording once more", () => {
  test("is a new job with what its customer keeps, and a new call: nothing is reused", async () => {
    const query = `?filename=team.wav&tags=team,weekly&external_id=e1&metadata=${encodeURIComponent('{"a":1}')}&prompt=Ada`;
    const first = await run("once more with feeling", query);
    const calls = (await diarist.calls()).length;
    const answer = await again(first.id);
    const made = (await answer.json()) as ShownJob;
    expect([answer.status, answer.headers.get("location")]).toEqual([202, `/v1/jobs/${made.id}`]);
    expect(made.id).not.toBe(first.id);
    const second = await diarist.finished(made.id);
    expect(second).toMatchObject({
      status: "completed",
      audio: { filename: "team.wav", sha256: first.audio.sha256 },
      options: { ...first.options, reuse: false },
      tags: ["team", "weekly"],
      external_id: "e1",
      metadata: { a: 1 },
      result: { reused_from: null, words: first.result?.words },
    });
    expect((await diarist.calls()).length).toBe(calls + 1);
  });

  test("may be asked for in another way; what is not named stays, but for a default that follows from it", async () => {
    const first = await run("in another tongue", "?language=fr&max_speakers=2");
    const made = await accepted(again(first.id, { language: "de", tags: ["redo"] }));
    expect(made).toMatchObject({ options: { language: "de", max_speakers: 2 }, tags: ["redo"] });
    const translated = await accepted(again(first.id, { task: "translate" }));
    expect(translated).toMatchObject({ task: "translate", options: { language: "fr", diarize: false } });
  });

  test("has the names that people gave, with the voices and not with the ids", async () => {
    const { id, result } = await run("who is who today");
    const named = { SPEAKER_00: "Ada", SPEAKER_01: "Bo" };
    const patch = { method: "PATCH", body: JSON.stringify({ speakers: named }) };
    const headers = { "content-type": "application/json" };
    expect((await diarist.call(`/v1/jobs/${id}`, { ...patch, headers })).status).toBe(200);
    const who = async (job: string) => {
      const answer = await diarist.call(`/v1/jobs/${job}/transcript?format=csv&layer=edited`);
      return (await answer.text())
        .split("\n")
        .map((line) => [/Ada|Bo/.exec(line)?.[0], /who|yes/.exec(line)?.[0]]);
    };
    expect(result?.speakers).toHaveLength(2);
    for (let n = 0; n < 3; n++) {
      const made = await diarist.finished((await accepted(again(id))).id); // each time in another order
      expect(made.revision).toBe(1);
      expect(Object.values(made.speakers).sort()).toEqual(["Ada", "Bo"]);
      expect(await who(made.id)).toEqual(await who(id));
      const { db } = diarist.stack;
      const kept = await db.prepare("SELECT voices FROM jobs WHERE id = ?").bind(made.id).first("voices");
      expect(kept).toBeNull();
    }
  });

  test("has its own bytes: it is transcribed and heard after the first is deleted", async () => {
    const first = await run("the first one goes away");
    const made = await accepted(again(first.id));
    expect((await diarist.call(`/v1/jobs/${first.id}`, { method: "DELETE" })).status).toBe(204);
    expect(await diarist.finished(made.id)).toMatchObject({ status: "completed" });
    const heard = await diarist.call(`/v1/jobs/${made.id}/audio`);
    expect(Buffer.from(await heard.arrayBuffer())).toEqual(
      Buffer.from(await talkOf("the first one goes away")),
    );
  });

  test("is made once however often it is asked for with one Idempotency-Key", async () => {
    const first = await run("only once please");
    const key = { "idempotency-key": randomUUID() };
    const one = await accepted(again(first.id, {}, key));
    const two = await accepted(again(first.id, {}, key));
    expect(two.id).toBe(one.id);
    await expectProblem(again(first.id, { language: "de" }, key), 409, "idempotency_key_reused");
  });

  test("works for a job that failed, when its recording is there", async () => {
    await diarist.control({ faults: [{ do: { status: 400, body: "no" }, times: 1 }] });
    const first = await run("this failed at first");
    expect(first.status).toBe("failed");
    expect(await diarist.finished((await accepted(again(first.id))).id)).toMatchObject({
      status: "completed",
    });
  });
});

test("is one command, and one call of the client", async () => {
  const first = await run("from the shell");
  const { run: diaristCommand } = await useCommandLine(diarist.url);
  const asked = ["again", first.id, "--language", "de", "--wait", "--json"];
  const [made] = linesOf<ShownJob>(await diaristCommand(asked));
  expect(made).toMatchObject({ status: "completed", options: { language: "de", reuse: false } });
  expect(await diaristCommand(["again", "job_00000000000000000000000000"])).toMatchObject({ code: 1 });
  const client = createDiarist({ url: diarist.url, apiKey: DEV_API_KEY });
  const idempotencyKey = randomUUID();
  const one = await client.transcribeAgain(first.id, { idempotencyKey, tags: ["again"] });
  const two = await client.transcribeAgain(first.id, { idempotencyKey, tags: ["again"] });
  expect(one).toMatchObject({ id: two.id, tags: ["again"] });
});

describe("refused, and nothing is kept of it", () => {
  test("for options that no job may have, or that would reuse", async () => {
    const first = await run("wrong in many ways");
    await expectNothingKept(diarist, async () => {
      for (const [options, field] of [
        [{ langauge: "de" }, "langauge"],
        [{ temperature: 2 }, "temperature"],
        [{ reuse: true }, "reuse"],
        [{ min_speakers: 3, max_speakers: 2 }, "min_speakers"],
        [{ file: "https://example.com/a.mp3" }, "file"],
      ] as const) {
        const { errors } = await expectProblem(again(first.id, options), 422, "invalid_params");
        expect(errors).toMatchObject([{ field }]);
      }
    });
  });

  test("for a job of another tenant, or none", async () => {
    const first = await run("this is mine alone");
    const other = await createTenant(diarist, "other");
    await expectProblem(again(first.id, {}, {}, other.key), 404, "not_found");
    await expectProblem(again("job_00000000000000000000000000"), 404, "not_found");
  });

  test("for a recording that was removed, or is not here yet", async () => {
    const first = await run("gone with the wind", "?retain_audio_days=0");
    await diarist.stack.sweep();
    await expectProblem(again(first.id), 410, "gone");
    const { db } = diarist.stack;
    await db
      .prepare("UPDATE jobs SET audio_key = NULL, audio_removed_at = NULL WHERE id = ?")
      .bind(first.id)
      .run();
    await expectProblem(again(first.id), 409, "audio_gone");
  });

  test("when the tenant has no room for another copy", async () => {
    const tenant = await createTenant(diarist, "small");
    const first = await run("small is beautiful", "", tenant.key);
    await setLimits(diarist, tenant.id, { bytes_stored: (first.audio.bytes ?? 0) + 10 });
    const { limit } = await expectProblem(again(first.id, {}, {}, tenant.key), 429, "quota_exceeded");
    expect(limit).toMatchObject({ name: "bytes_stored" });
  });
});
