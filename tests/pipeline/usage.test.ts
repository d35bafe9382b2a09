import { afterAll, describe, expect, test } from "vitest";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import { expectProblem } from "../support/clients/expect-problem.ts";
import { accepted, sendRaw } from "../support/clients/send-job.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";
import { createKey, createTenant, OPERATOR_KEY } from "../support/stack/tenants.ts";

const talk = await bytesOf(await record(TALK));

const diarist = await openDiarist({
  recognise: createRecogniser(),
  vars: { UPSTREAM_PRICE_PER_HOUR: "0.36" },
});
afterAll(() => diarist.close());

type Usage = {
  day: string;
  key_id: string | null;
  jobs: number;
  audio_seconds: number;
  upstream_calls: number;
  upstream_seconds: number;
  upstream_cost: number | null;
};
type Page = { data: Usage[]; next: string | null; quotas: { name: string; used: number }[] };

async function usage(key: string, query = ""): Promise<Page> {
  return (await (await diarist.call(`/v1/usage${query}`, {}, key)).json()) as Page;
}

async function run(key: string, query = "?reuse=false") {
  const { id } = await accepted(sendRaw(diarist, talk, { key, query }));
  return diarist.finished(id, key);
}

const today = () => new Date().toISOString().slice(0, 10);

describe("usage", () => {
  test("tells jobs, audio, calls and cost by day and key", async () => {
    const { id: tenant, key, keyId } = await createTenant(diarist, "by key");
    const second = await createKey(diarist, { tenant });
    const { audio } = await run(key);
    const seconds = Number(audio.duration);
    await run(key);
    await run(second.key);
    const { data, next } = await usage(key);
    const of = (id: string, jobs: number) => ({
      day: today(),
      key_id: id,
      jobs,
      audio_seconds: jobs * seconds,
      upstream_calls: jobs,
      upstream_seconds: jobs * seconds,
      upstream_cost: Math.round((jobs * seconds * 0.36 * 1e6) / 3600) / 1e6,
    });
    expect(next).toBeNull();
    expect(data.toSorted((a, b) => b.jobs - a.jobs)).toEqual([of(keyId, 2), of(second.id, 1)]);
    expect((await usage(key, `?key_id=${second.id}`)).data).toEqual([of(second.id, 1)]);
    expect((await usage(OPERATOR_KEY, `?tenant=${tenant}`)).data).toEqual(data);
  });

  test("counts a second call for speakers, a refused call not at all, and a reused transcript as a job alone", async () => {
    const { key } = await createTenant(diarist, "calls");
    const { audio } = await run(key, "?task=translate&diarize=true");
    const seconds = Number(audio.duration);
    await run(key, "?task=translate&diarize=true");
    await diarist.control({ faults: [{ match: { nth: 1 }, do: { status: 400, slug: "invalid_params" } }] });
    await run(key);
    await diarist.control({ faults: [] });
    expect((await usage(key)).data).toMatchObject([
      { jobs: 3, audio_seconds: seconds, upstream_calls: 2, upstream_seconds: 2 * seconds },
    ]);
  });

  test("is kept when its jobs are deleted, and is nobody else's", async () => {
    const { key } = await createTenant(diarist, "deleted");
    const { key: other } = await createTenant(diarist, "not mine");
    const { id } = await run(key);
    const before = await usage(key);
    expect((await diarist.call(`/v1/jobs/${id}`, { method: "DELETE" }, key)).status).toBe(204);
    expect(await usage(key)).toEqual(before);
    expect((await usage(other)).data).toEqual([]);
  });

  test("goes page by page, newest day first, within the days asked for", async () => {
    const { id: tenant, key } = await createTenant(diarist, "pages");
    const insert = diarist.stack.db.prepare(
      "INSERT INTO usage_days (tenant_id, day, key_id, jobs) VALUES (?, ?, ?, 1)",
    );
    const days = ["2026-01-30", "2026-01-31", "2026-02-01"];
    await diarist.stack.db.batch(days.flatMap((day) => ["a", "b"].map((id) => insert.bind(tenant, day, id))));
    const seen: string[] = [];
    let after = "";
    do {
      const { data, next } = await usage(key, `?from=2026-01-31&to=2026-02-01&limit=3${after}`);
      seen.push(...data.map((row) => `${row.day} ${row.key_id}`));
      after = next === null ? "" : `&after=${next}`;
    } while (after !== "");
    expect(seen).toEqual(["2026-02-01 b", "2026-02-01 a", "2026-01-31 b", "2026-01-31 a"]);
    await expectProblem(diarist.call("/v1/usage?after=x", {}, key), 422, "invalid_params");
    await expectProblem(diarist.call("/v1/usage?from=2026-02-30", {}, key), 422, "invalid_params");
  });

  test("wants to know whose it is from the operator", async () => {
    await expectProblem(diarist.call("/v1/usage", {}, OPERATOR_KEY), 422, "invalid_params");
    await expectProblem(diarist.call("/v1/usage?tenant=ten_x", {}, OPERATOR_KEY), 404, "not_found");
  });
});

describe("stats", () => {
  type Spread = { p50: number; p95: number } | null;
  type Stats = {
    jobs: number;
    is_complete: boolean;
    completed: number;
    failed: number;
    by_length: { length: string; jobs: number; [measure: string]: number | string | Spread }[];
    failures: { code: string; jobs: number }[];
  };
  const stats = async (query = "") =>
    (await (await diarist.call(`/v1/stats${query}`, {}, OPERATOR_KEY)).json()) as Stats;

  test("tell how long jobs waited and worked, by length, and what failed", async () => {
    const since = encodeURIComponent(new Date().toISOString());
    const { key } = await createTenant(diarist, "stats");
    await run(key);
    const { id } = await accepted(sendRaw(diarist, new Uint8Array(Buffer.from("no audio")), { key }));
    await diarist.finished(id, key);
    const { by_length: classes, ...counts } = await stats(`?since=${since}`);
    expect(counts).toMatchObject({ jobs: 2, is_complete: true, completed: 1, failed: 1 });
    expect(counts.failures).toEqual([{ code: "unsupported_format", jobs: 1 }]);
    expect(classes.map(({ length, jobs }) => [length, jobs])).toEqual([
      ["up to 1 min", 1],
      ["up to 10 min", 0],
      ["up to 1 h", 0],
      ["up to 4 h", 0],
      ["longer", 0],
    ]);
    const [shortest] = classes;
    const value = (name: string) => (shortest?.[name] as Spread)?.p50 ?? Number.NaN;
    const parts = value("queue_wait_ms") + value("upstream_ms") + value("overhead_ms");
    expect(value("total_ms")).toBeGreaterThan(0);
    expect(parts).toBe(value("total_ms"));
    expect(classes[1]?.["total_ms"]).toBeNull();
  });

  test("say when they are made of the last jobs only", async () => {
    const { id: tenant } = await createTenant(diarist, "many");
    const insert = diarist.stack.db.prepare(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1001)
       INSERT INTO jobs (id, tenant_id, status, stage, task, options, audio, metadata, tags, created_at, completed_at)
       SELECT 'job_many' || i, ?, 'canceled', 'stored', 'transcribe', '{}', '{}', '{}', '[]', 0, ? FROM n`,
    );
    await insert.bind(tenant, Date.now()).run();
    expect(await stats()).toMatchObject({ jobs: 1000, is_complete: false });
  });
});

test("every request under /v1 is one line of the log with its ids, and never a key, a query or a body", async () => {
  const { id: tenant, key, keyId } = await createTenant(diarist, "logged");
  const sent = await sendRaw(diarist, talk, { key, query: "?external_id=private-note" });
  const { id } = (await sent.json()) as { id: string };
  await diarist.finished(id, key);
  const lines = diarist.logs.filter((line) => line.includes(String(sent.headers.get("x-request-id"))));
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      event: "request.answered",
      request_id: sent.headers.get("x-request-id"),
      tenant_id: tenant,
      key_id: keyId,
      job_id: id,
      method: "POST",
      route: "/v1/jobs",
      status: 202,
    },
  ]);
  const all = diarist.logs.join("\n");
  for (const secret of [key, OPERATOR_KEY, "private-note"]) expect(all).not.toContain(secret);
});
