import { describe, expect, test } from "vitest";
import { closeGate } from "../../../shared/storage/gates.ts";
import { AUDIO, insertNewJob, NOW } from "../../../tests/support/stack/jobs.ts";
import { useLogs } from "../../../tests/support/stack/logs.ts";
import { useStorage } from "../../../tests/support/stack/storage.ts";
import { useStandIn } from "../../../tests/support/workers/stand-in.ts";
import {
  answerOf,
  attempt,
  eventsOf,
  finish,
  ledgerOf,
  makeDeps,
  readPartNow,
  scriptSpeech,
} from "../../../tests/support/workers/transcribe-deps.ts";

const storage = await useStorage();
const standIn = await useStandIn();
const logs = useLogs();
const { db, bucket } = storage;

/** A job whose every call meets this fault, after its first attempt. */
async function meet(fault: Parameters<typeof standIn.fault>[0]) {
  standIn.fault(fault);
  const deps = makeDeps(storage, { fetch, upstream: { baseUrl: standIn.baseUrl } });
  const { id } = await insertNewJob(db);
  const job = await attempt(deps, id);
  return { deps, job, events: await eventsOf(deps, id), ledger: await ledgerOf(deps, id) };
}

/** What a refusal that is final leaves: one call, one failed job, one event, nothing waiting. */
async function expectFinal(code: string, fault: Parameters<typeof standIn.fault>[0]) {
  const { deps, job, events, ledger } = await meet(fault);
  expect(job).toMatchObject({ status: "failed", attempt: 1, failures: 0, error: { code, retryable: false } });
  expect(job.error?.upstream_id).toMatch(/^oStub/);
  expect(job.error?.action).toMatch(/^[A-Z].+\.$/);
  expect(events).toEqual(["job.failed"]);
  expect(ledger).toEqual([{ attempt: 1, purpose: "text", outcome: code, http_status: 400 }]);
  expect(standIn.calls()).toHaveLength(1);
  expect(deps.woken).toEqual([]);
  expect(deps.announced).toHaveLength(1);
}

describe("a refusal of the recording or the options is final, and is not asked again", () => {
  test("audio_too_long", () => expectFinal("audio_too_long", { kind: "json_error", slug: "audio_too_long" }));
  test("file_too_large", () => expectFinal("file_too_large", { kind: "json_error", slug: "file_too_large" }));
  test("unsupported_format", () =>
    expectFinal("unsupported_format", { kind: "json_error", slug: "unsupported_format" }));
  test("invalid_params", () => expectFinal("invalid_params", { kind: "json_error", slug: "invalid_params" }));
  test("a 400 without a slug of its own", () =>
    expectFinal("invalid_params", { status: 400, slug: "novel" }));

  test("a model that is not there", async () => {
    const { job, ledger } = await meet({ kind: "json_error", slug: "model_not_available" });
    expect(job).toMatchObject({ status: "failed", error: { code: "invalid_params" } });
    expect(ledger).toMatchObject([{ http_status: 404 }]);
  });
});

describe("the same slugs in error.type", () => {
  const inType = (slug: string) => {
    standIn.configure({ flags: { slug_place: "type" } });
    return expectFinal(slug, { kind: "json_error", slug });
  };
  test("audio_too_long", () => inType("audio_too_long"));
  test("file_too_large", () => inType("file_too_large"));
  test("unsupported_format", () => inType("unsupported_format"));
  test("invalid_params", () => inType("invalid_params"));

  test("processing_failed is no refusal", async () => {
    standIn.configure({ flags: { slug_place: "type" } });
    const { deps, job } = await meet({ kind: "json_error", slug: "processing_failed" });
    expect(job).toMatchObject({ status: "processing", error: null });
    expect(await readPartNow(deps, job.id)).toMatchObject({ status: "waiting", failedCalls: 1 });
  });
});

test("the slug decides and not the status it comes with", async () => {
  const { job } = await meet({ kind: "json_error", status: 500, slug: "unsupported_format" });
  expect(job).toMatchObject({ status: "failed", error: { code: "unsupported_format" } });
});

describe("a direct upload that is too large", () => {
  const deps = () => makeDeps(storage, { fetch, upstream: { baseUrl: standIn.baseUrl, takesUrl: false } });

  async function upload() {
    const { id, audioKey } = await insertNewJob(db);
    await bucket.put(audioKey ?? "", Buffer.alloc(2_000));
    return attempt(deps(), id);
  }

  test("answered with the edge's HTML page names the setting that is missing", async () => {
    standIn.configure({ limits: { max_upload_bytes: 1_000 } });
    expect(await upload()).toMatchObject({
      status: "failed",
      attempt: 1,
      error: {
        code: "public_url_missing",
        action: expect.stringContaining("PUBLIC_BASE_URL"),
        retryable: true,
        upstream_id: expect.stringMatching(/^[0-9a-f]{16}/),
      },
    });
    expect(standIn.calls()).toMatchObject([{ status: 413 }]);
  });

  test("answered with JSON does too", async () => {
    standIn.configure({
      limits: { max_upload_bytes: 1_000 },
      flags: { request_too_large_shape: "json" },
    });
    expect(await upload()).toMatchObject({ status: "failed", error: { code: "public_url_missing" } });
  });

  test("by our own limit is not even tried", async () => {
    const small = makeDeps(storage, {
      fetch,
      upstream: { baseUrl: standIn.baseUrl, takesUrl: false, maxBodyBytes: 1_000 },
    });
    const { id } = await insertNewJob(db, { audio: { ...AUDIO, bytes: 1_001 } });
    expect(await attempt(small, id)).toMatchObject({
      status: "failed",
      error: { code: "public_url_missing", message: expect.stringContaining("1001 bytes") },
    });
    expect(standIn.calls()).toEqual([]);
    expect(await ledgerOf(small, id)).toEqual([]);
  });

  test("at our own limit is tried", async () => {
    const small = makeDeps(storage, {
      fetch,
      upstream: { baseUrl: standIn.baseUrl, takesUrl: false, maxBodyBytes: 1_000 },
    });
    const { id, audioKey } = await insertNewJob(db, { audio: { ...AUDIO, bytes: 1_000 } });
    await bucket.put(audioKey ?? "", Buffer.alloc(1_000));
    expect(await attempt(small, id)).toMatchObject({ status: "completed" });
    expect(standIn.calls()).toMatchObject([{ file: { kind: "binary", bytes: 1_000 } }]);
  });

  test("with a public address the URL is sent, and a 413 all the same is the file's own size", async () => {
    const { job } = await meet({ kind: "html413" });
    expect(job).toMatchObject({ status: "failed", error: { code: "file_too_large" } });
    expect(standIn.calls()[0]?.fields.at(-1)).toMatchObject({
      name: "file",
      value: expect.stringMatching(/^https:/),
    });
  });
});

describe("a server behind TOGETHER_BASE_URL that takes no URL", () => {
  const refused = () => {
    const detail = "Expected 'file' to be a file-like object, not 'str'.";
    return Response.json({ detail }, { status: 422 });
  };
  const run = async (bytes: number, ...answers: Response[]) => {
    const speech = scriptSpeech(refused(), ...answers);
    const deps = makeDeps(storage, { fetch: speech.fetch });
    const { id, audioKey } = await insertNewJob(db, { audio: { ...AUDIO, bytes } });
    await bucket.put(audioKey ?? "", Buffer.alloc(bytes));
    return { job: await finish(deps, id), calls: speech.calls.map(({ fields }) => fields["file"]) };
  };

  test("is sent the bytes after its first refusal, which fails nothing", async () => {
    const { job, calls } = await run(1_000, answerOf());
    expect(job).toMatchObject({ status: "completed", failures: 0 });
    expect(calls).toEqual([expect.stringMatching(/^https:/), expect.any(File)]);
  });

  test("is not sent more than it takes", async () => {
    const { job, calls } = await run(1_000_001);
    expect(job).toMatchObject({ status: "failed", error: { code: "file_too_large" } });
    expect(calls).toHaveLength(1);
  });
});

test("a closed gate leaves even what would be refused alone until it opens", async () => {
  await closeGate(db, { closedUntil: NOW + 1_000, reason: "rate_limited" });
  const { deps, job } = await meet({ kind: "json_error", slug: "unsupported_format" });
  expect(job).toMatchObject({ status: "processing", waitingFor: "rate_limited" });
  expect(await readPartNow(deps, job.id)).toMatchObject({ notBefore: NOW + 1_000 });
  expect(standIn.calls()).toEqual([]);
});

test("what the upstream refuses is logged by kind, status and its own id, not by its words", async () => {
  const { job } = await meet({ kind: "json_error", slug: "unsupported_format", message: "secret words" });
  expect(logs()).toContainEqual({
    event: "upstream.refused",
    job_id: job.id,
    kind: "unsupported_format",
    status: 400,
    upstream_id: expect.stringMatching(/^oStub/),
  });
  expect(JSON.stringify(logs())).not.toContain("secret words");
});
