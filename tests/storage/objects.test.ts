import { describe, expect, test } from "vitest";
import { audioKey, partKey, removeJobObjects } from "../../shared/storage/job-objects.ts";
import { readRawAnswer, removeRawAnswer, saveRawAnswer } from "../../shared/storage/raw-answers.ts";
import { insertClaimedJob } from "../support/stack/jobs.ts";
import { useStorage } from "../support/stack/storage.ts";
import { keptAnswer } from "../support/workers/transcribe-deps.ts";

const { db, bucket, keys } = await useStorage();

describe("a raw answer", () => {
  test("comes back as it was, with how long the call took, whose it is and whether words were heard", async () => {
    const call = { job: await insertClaimedJob(db), part: 0, purpose: "text" as const };
    const answer = keptAnswer('{"text":"päivää \u{1f600}"}\n<html>', { upstreamMs: 12_345, heard: false });
    await saveRawAnswer(bucket, call, answer);
    expect(await readRawAnswer(bucket, call)).toEqual(answer);
  });

  test("lies under one key, whichever attempt paid for it", async () => {
    const job = await insertClaimedJob(db);
    await saveRawAnswer(bucket, { job, part: 0, purpose: "text" }, keptAnswer("first"));
    const later = { job: { ...job, attempt: 7 }, part: 0, purpose: "text" as const };
    expect(await readRawAnswer(bucket, later)).toMatchObject({ body: "first" });
    expect(await keys()).toEqual([`raw/${job.tenantId}/${job.id}/0.json`]);
  });

  test("of one part or purpose is not that of another", async () => {
    const job = await insertClaimedJob(db);
    await saveRawAnswer(bucket, { job, part: 0, purpose: "text" }, keptAnswer("text"));
    await saveRawAnswer(bucket, { job, part: 0, purpose: "speakers" }, keptAnswer("speakers"));
    await saveRawAnswer(bucket, { job, part: 1, purpose: "text" }, keptAnswer("part 1"));
    expect(await readRawAnswer(bucket, { job, part: 0, purpose: "text" })).toMatchObject({ body: "text" });
    expect(await readRawAnswer(bucket, { job, part: 0, purpose: "speakers" })).toMatchObject({
      body: "speakers",
    });
    expect(await readRawAnswer(bucket, { job, part: 2, purpose: "text" })).toBeNull();
  });

  test("is forgotten without touching the others, and forgetting is safe to repeat", async () => {
    const job = await insertClaimedJob(db);
    await saveRawAnswer(bucket, { job, part: 0, purpose: "text" }, keptAnswer("<html>"));
    await saveRawAnswer(bucket, { job, part: 0, purpose: "speakers" }, keptAnswer("{}"));
    await removeRawAnswer(bucket, { job, part: 0, purpose: "text" });
    await removeRawAnswer(bucket, { job, part: 0, purpose: "text" });
    expect(await readRawAnswer(bucket, { job, part: 0, purpose: "text" })).toBeNull();
    expect(await keys()).toHaveLength(1);
  });
});

describe("removing a job's objects", () => {
  test("takes recording, parts and answers of this job and no other", async () => {
    const mine = [
      audioKey("ten", "job_1", "wav"),
      partKey("ten", "job_1", 0, "m4a"),
      "raw/ten/job_1/0.json",
      "raw/ten/job_1/0-speakers.json",
    ];
    const others = [audioKey("ten", "job_10", "wav"), "raw/ten2/job_1/0.json", "audio/ten/job_2/source.wav"];
    for (const key of [...mine, ...others]) await bucket.put(key, "x");
    await removeJobObjects(bucket, "ten", "job_1");
    expect(await keys()).toEqual(others.sort());
  });

  test("is safe to repeat, and with nothing there", async () => {
    await bucket.put("raw/ten/job_1/0.json", "x");
    await removeJobObjects(bucket, "ten", "job_1");
    await removeJobObjects(bucket, "ten", "job_1");
    expect(await keys()).toEqual([]);
  });

  test("goes through every page of a long list", async () => {
    const pages = [["raw/ten/job_1/0.json"], ["raw/ten/job_1/1.json"]];
    for (const key of pages.flat()) await bucket.put(key, "x");
    const paged = pagedBucket(bucket);
    await removeJobObjects(paged, "ten", "job_1");
    expect(await keys()).toEqual([]);
  });
});

/** The bucket as it is with more than a thousand objects: one page holds one. */
function pagedBucket(real: R2Bucket): R2Bucket {
  return new Proxy(real, {
    get(target, name) {
      if (name === "list") return (options: R2ListOptions) => target.list({ ...options, limit: 1 });
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
