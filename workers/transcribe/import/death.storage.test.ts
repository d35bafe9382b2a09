import { createHash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { LEASE_MS } from "../../../shared/limits.ts";
import { sweepJobs } from "../../../shared/storage/job-work.ts";
import { cancelJob, deleteJob } from "../../../shared/storage/jobs.ts";
import { PART_BYTES } from "../../../shared/storage/store-audio.ts";
import { eventFor, NOW } from "../../../tests/support/stack/jobs.ts";
import { useLogs } from "../../../tests/support/stack/logs.ts";
import { count } from "../../../tests/support/stack/storage.ts";
import { SOURCE, useImportAttempts } from "../../../tests/support/workers/import-attempts.ts";
import { KILLS, killAfterEach } from "../../../tests/support/workers/kill-after.ts";
import { originFileOf } from "../../../tests/support/workers/origin-file.ts";

const { db, bucket, openUploads, on, insertImport, run, sweep } = await useImportAttempts();
useLogs();

const FILE = randomBytes(2 * PART_BYTES + 500_000);
const SHA256 = createHash("sha256").update(FILE).digest("hex");

test("a Worker killed after any step of an import leaves one that another goes on with: exact, and no more than a part fetched again", {
  timeout: 180_000,
}, async () => {
  let lost = 0;
  await killAfterEach(async (most) => {
    const file = originFileOf(FILE, { etag: '"v1"' });
    on(SOURCE, (response, request) => void file.respond(request, response));
    const inserted = await insertImport();
    const died = await run(inserted, Number.isFinite(most) ? { steps: most } : {});
    if (died.job.audioKey !== null) {
      expect(died.steps.filter((step) => step === "uploadPart")).toHaveLength(3);
      return died.steps.indexOf("batch", died.steps.indexOf("complete")); // behind it the import is over
    }
    const step = died.steps.at(-1);
    const where = `killed after ${most}: ${step} (${KILLS})`;
    await sweepJobs(db, NOW + LEASE_MS, 100);
    const { job } = await run(inserted, { now: NOW + LEASE_MS });

    expect(job.audio, where).toMatchObject({ bytes: FILE.byteLength, sha256: SHA256 });
    const object = await bucket.get(job.audioKey ?? "");
    const stored = Buffer.from((await object?.arrayBuffer()) ?? new ArrayBuffer());
    expect(stored.equals(FILE), where).toBe(true);
    expect(file.asked, where).toEqual([...(most > READS_FIRST ? [""] : []), ...askedAgain(died.steps)]);
    // An upload whose id died with the Worker cannot be found by anybody; R2 itself aborts it after a week.
    if (step === "createMultipartUpload") lost++;
    expect(await openUploads(), where).toBe(lost);
    return died.steps.length;
  });
  expect(lost).toBeLessThan(2);
  expect(await count(db, "SELECT count(*) AS n FROM imports")).toBe(0);
  expect(await count(db, "SELECT count(*) AS n FROM import_parts")).toBe(0);
});

test.each(["canceled", "deleted"])(
  "the upload of a job that was %s while its Worker was dead is aborted by the sweep",
  async (end) => {
    const before = await openUploads();
    const file = originFileOf(FILE, { etag: '"v1"' });
    on(SOURCE, (response, request) => void file.respond(request, response));
    const { job } = await run(await insertImport(), { steps: 6 });
    await sweep();
    expect(await openUploads()).toBe(before + 1);
    if (end === "deleted") await deleteJob(db, job, NOW);
    else await cancelJob(db, job, NOW, async (canceled) => eventFor(canceled, "job.canceled"));
    await sweep();
    expect(await openUploads()).toBe(before);
    expect(await count(db, "SELECT count(*) AS n FROM imports")).toBe(0);
    expect(await count(db, "SELECT count(*) AS n FROM import_parts")).toBe(0);
  },
);

/** The claim, and the look at what there is already. */
const READS_FIRST = 2;

/** The request of the Worker that takes over: from behind the last part on record, or none once all are. */
function askedAgain(steps: string[]): string[] {
  const saved = steps.filter((sql) => sql.startsWith("INSERT OR REPLACE INTO import_parts")).length;
  const isWhole = steps.slice(steps.lastIndexOf("uploadPart")).includes("batch") && saved === 2;
  if (isWhole) return [];
  return [saved > 0 ? `bytes=${saved * PART_BYTES}-` : ""];
}
