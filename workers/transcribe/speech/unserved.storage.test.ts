import { beforeEach, expect, test } from "vitest";
import { closeStorageGate } from "../../../shared/storage/gates.ts";
import { patientDatabase } from "../../../shared/storage/patient.ts";
import { insertNewJob } from "../../../tests/support/stack/jobs.ts";
import { useLogs } from "../../../tests/support/stack/logs.ts";
import { useStorage } from "../../../tests/support/stack/storage.ts";
import { databaseAround } from "../../../tests/support/workers/around-storage.ts";
import {
  answerOf,
  errorOf,
  finish,
  ledgerOf,
  makeDeps,
  readJobNow,
  scriptSpeech,
  type TestDeps,
} from "../../../tests/support/workers/transcribe-deps.ts";
import { runJob } from "../run-job.ts";

const storage = await useStorage();
useLogs();
const { db } = storage;

let id: string;
beforeEach(async () => {
  ({ id } = await insertNewJob(db));
});

/** After a refusal the job waits for storage; another call is answered, and only that one is billed. */
async function expectWaited(deps: TestDeps): Promise<void> {
  await runJob(deps, id);
  expect(await readJobNow(deps, id)).toMatchObject({ waitingFor: "storage_unavailable", error: null });
  expect(await finish(deps, id)).toMatchObject({ status: "completed", failures: 0 });
  expect(await ledgerOf(deps, id)).toMatchObject([{ http_status: 400 }, { outcome: "answered" }]);
}

test.each(["invalid_params", "unsupported_format"])(
  "%s is not final when storage could not serve the audio meanwhile",
  async (code) => {
    const speech = scriptSpeech(async () => {
      await closeStorageGate(db, deps.time, 0.5); // as /media does
      return errorOf(400, code);
    }, answerOf());
    const deps = makeDeps(storage, { fetch: speech.fetch });
    await expectWaited(deps);
  },
);

test("nor when the database was away too, so that nobody could note it", async () => {
  const speech = scriptSpeech(errorOf(400, "invalid_params"), answerOf());
  const deps = makeDeps(storage, { fetch: speech.fetch });
  let isAway = true;
  const failing = databaseAround(db, (_, act) => {
    if (!isAway || speech.calls.length === 0) return act();
    isAway = false;
    throw new Error("D1_ERROR: Network connection lost.");
  });
  deps.db = patientDatabase(failing, {
    random: deps.random,
    async pause(ms) {
      deps.time += ms;
    },
  });
  await expectWaited(deps);
});

test("with storage in order it is", async () => {
  const deps = makeDeps(storage, { fetch: scriptSpeech(errorOf(400, "invalid_params")).fetch });
  await closeStorageGate(db, deps.time - 20 * 60_000, 0.5);
  expect(await finish(deps, id)).toMatchObject({ status: "failed", error: { code: "invalid_params" } });
});
