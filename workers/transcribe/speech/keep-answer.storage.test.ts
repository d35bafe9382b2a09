import { expect, test } from "vitest";
import { LEASE_MS } from "../../../shared/limits.ts";
import { insertNewJob } from "../../../tests/support/stack/jobs.ts";
import { useLogs } from "../../../tests/support/stack/logs.ts";
import { count, useStorage } from "../../../tests/support/stack/storage.ts";
import { bucketAround, databaseAround } from "../../../tests/support/workers/around-storage.ts";
import {
  answerOf,
  finish,
  handle,
  ledgerOf,
  makeDeps,
  scriptSpeech,
} from "../../../tests/support/workers/transcribe-deps.ts";
import { runJob } from "../run-job.ts";
import { wakeJobs } from "../sweep.ts";
import { moveKeptAnswers } from "./keep-answer.ts";

const storage = await useStorage();
useLogs();
const { db, bucket, keys } = storage;

test("an answer that neither R2 nor D1 takes goes through the queue, comes back in any order and twice, and is not bought again", async () => {
  let isAway = false;
  const speech = scriptSpeech(() => {
    isAway = true;
    return answerOf(12_000);
  });
  const { id } = await insertNewJob(db);
  const deps = makeDeps(storage, { fetch: speech.fetch });
  deps.db = databaseAround(db, (_, act) => {
    if (isAway) throw new Error("D1_ERROR: Network connection lost.");
    return act();
  });
  deps.bucket = bucketAround(bucket, (_, act) => {
    if (isAway) throw new Error("We encountered an internal error. Please try again. (10001)");
    return act();
  });
  await expect(runJob(deps, id)).rejects.toThrow("Network connection lost"); // the Worker can give nothing back

  isAway = false;
  const slices = deps.inbox.splice(0).filter(({ message }) => message.answer !== undefined);
  expect(slices.length).toBeGreaterThan(1);
  for (const { message } of [...slices.toReversed(), ...slices]) await handle(deps, message);
  expect(await count(db, "SELECT count(*) AS n FROM kept_answers")).toBe(slices.length);

  deps.time += LEASE_MS;
  await wakeJobs(deps);
  expect(await finish(deps, id)).toMatchObject({ status: "completed", result: { words: 12_000 } });
  expect(speech.calls).toHaveLength(1);
  expect(await ledgerOf(deps, id)).toHaveLength(1);
  await moveKeptAnswers(deps);
  expect(await count(db, "SELECT count(*) AS n FROM kept_answers")).toBe(0);
  expect((await keys()).filter((key) => key.startsWith("raw/"))).toHaveLength(1);
});
