import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { seedTenant } from "../../../dev/local/seed-tenant.ts";
import { MAX_HASHED_BYTES } from "../../../shared/limits.ts";
import { useLogs } from "../../../tests/support/stack/logs.ts";
import { useStorage } from "../../../tests/support/stack/storage.ts";
import { SIGNING_KEY } from "../../../tests/support/stack/tenant.ts";
import { askIngest } from "../../../tests/support/workers/ask-ingest.ts";

const { db } = await useStorage();
useLogs();

/** R2 that has an object of this size, as far as completing an upload asks, or fails at that. */
function bucketWith(size: number, failure: string | null = null): object {
  const body = { cancel: async () => undefined };
  return {
    createMultipartUpload: async () => ({ uploadId: "multipart" }),
    resumeMultipartUpload: () => ({ complete: async () => failure && Promise.reject(new Error(failure)) }),
    get: async () => ({ size, body }),
  };
}

const BYTES = MAX_HASHED_BYTES + 1;
const SAID = "ab".repeat(32);

beforeEach(async () => {
  await seedTenant(db, SIGNING_KEY);
  vi.stubGlobal("scheduler", { wait: async () => undefined });
});
afterEach(() => vi.unstubAllGlobals());

/** Begins an upload straight into R2 and completes it. */
async function upload(bucket: object): Promise<Response> {
  const keys = { R2_ACCOUNT_ID: "account", R2_ACCESS_KEY_ID: "id", R2_SECRET_ACCESS_KEY: "secret" };
  const bindings = { DB: db, BUCKET: bucket, R2_BUCKET_NAME: "diarist", ...keys };
  const post = (path: string, body: object) =>
    askIngest(bindings, path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const begun = await post("/v1/uploads", { direct: true, bytes: BYTES, content_type: "audio/wav" });
  const { id } = (await begun.json()) as { id: string };
  return post(`/v1/uploads/${id}/complete`, { parts: [{ n: 1, etag: "x" }], sha256: SAID });
}

test("what a client says is the digest of more than can be read again is not believed: no transcript is reused by it", async () => {
  const done = await upload(bucketWith(BYTES));
  expect(done.status).toBe(204);
  expect(await db.prepare("SELECT status, hash FROM uploads").first()).toEqual({
    status: "stored",
    hash: null,
  });
});

test.each([
  ["(10025) a part that is not there", 409, "upload_conflict"],
  ["(10043) a service that is away", 503, "storage_unavailable"],
])("of what R2 says, %s is answered %i", async (failure, status, code) => {
  const [number, text] = failure.split(/ (.*)/);
  const done = await upload(bucketWith(BYTES, `complete: ${text}. ${number}`));
  expect(done.status).toBe(status);
  expect(await done.json()).toMatchObject({ code });
});
