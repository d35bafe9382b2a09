import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { beforeEach } from "vitest";
import { seal } from "../../../shared/secrets/seal.ts";
import { insertSecret } from "../../../shared/storage/webhook-secrets.ts";
import { atTheEnd } from "../run/at-the-end.ts";
import { type BundledWorker, emptyDatabase, readBundle } from "../run/prepared.ts";
import { clearTables } from "./clear-tables.ts";
import { countOpenUploads } from "./open-uploads.ts";
import { connectStorage, type StorageClient } from "./storage-client.ts";
import { SIGNING_KEY, TENANT, WEBHOOK_SECRET } from "./tenant.ts";

/** A real local D1, migrated, and a real local R2. */
export type Storage = {
  db: D1Database;
  bucket: R2Bucket;
  /** How many rows each table holds that belong to this job; tables without any are left out. */
  rowsOf(jobId: string): Promise<Record<string, number>>;
  /** Every key in R2, in order. */
  keys(): Promise<string[]>;
  /** Multipart uploads of this file that are neither completed nor aborted. */
  openUploads(): Promise<number>;
  /** Asks the Worker that has these as DB and BUCKET; only with `worker`. */
  ask(path: string): Promise<unknown>;
};

/** Each table and the column that ties its rows to a job. */
const TABLES_OF_A_JOB = [
  ["jobs", "id"],
  ["job_tags", "job_id"],
  ["parts", "job_id"],
  ["calls", "job_id"],
  ["transcript_slices", "job_id"],
  ["events", "job_id"],
  ["deliveries", "job_id"],
  ["purges", "job_id"],
  ["imports", "job_id"],
  ["import_parts", "job_id"],
  ["slack_threads", "job_id"],
  ["slack_files", "job_id"],
  ["slack_posts", "owner"],
  ["slack_notices", "job_id"],
];
const COUNTS = TABLES_OF_A_JOB.map(
  ([table, column]) => `(SELECT count(*) FROM ${table} WHERE ${column} = ?1) AS ${table}`,
);

/**
 * One for a whole test file, and emptied before each test but for the tenant. Files that run in the same process one
 * after another share the runtime.
 * @param worker a Worker to run beside it, for code that only workerd can run
 */
export async function useStorage({ worker }: { worker?: BundledWorker } = {}): Promise<Storage> {
  const { state, miniflare, bucket, client } = await openRuntime(worker);
  const { db } = client;
  const secret = await seal(SIGNING_KEY, WEBHOOK_SECRET);
  const openBefore = await countOpenUploads(state);

  beforeEach(async () => {
    const seed = [
      db.prepare("INSERT INTO tenants (id, name, created_at) VALUES (?, 'Tests', 0)").bind(TENANT),
      insertSecret(db, TENANT, { sealed: secret, publicKey: null, createdAt: 0 }),
    ];
    await Promise.all([clearTables(db, seed), client.ask({ do: "empty" })]);
  });

  return {
    db,
    bucket,
    keys: async () => (await client.ask({ do: "keys" })) as string[],
    openUploads: async () => (await countOpenUploads(state)) - openBefore,
    ask: async (path) => (await miniflare.dispatchFetch(`http://worker${path}`)).json(),
    async rowsOf(jobId) {
      const counts = await db.prepare(`SELECT ${COUNTS}`).bind(jobId).first<Record<string, number>>();
      return Object.fromEntries(Object.entries(counts ?? {}).filter(([, n]) => n > 0));
    },
  };
}

type Runtime = { state: string; miniflare: Miniflare; bucket: R2Bucket; client: StorageClient };
const runtimes = new Map<BundledWorker | undefined, Promise<Runtime>>();

function openRuntime(worker: BundledWorker | undefined): Promise<Runtime> {
  const open = runtimes.get(worker) ?? startRuntime(worker);
  runtimes.set(worker, open);
  return open;
}

async function startRuntime(worker: BundledWorker | undefined): Promise<Runtime> {
  const state = await mkdtemp(join(tmpdir(), "diarist-storage-"));
  const { emptyState, d1Databases } = emptyDatabase();
  await cp(emptyState, state, { recursive: true });
  const describe = async (name: BundledWorker) => ({
    name,
    modules: true,
    script: await readBundle(name),
    compatibilityDate: "2026-10-20",
    compatibilityFlags: ["nodejs_compat"],
    d1Databases,
    r2Buckets: { BUCKET: "diarist" },
  });
  const storage = { ...(await describe("storage-worker")), routes: [`*${STORAGE_PATH}`] };
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      workers: worker ? [await describe(worker), storage] : [storage],
      resourcePersistencePath: state,
    }),
  );
  const url = await miniflare.ready;
  atTheEnd(async () => {
    await miniflare.dispose();
    await rm(state, { recursive: true, force: true });
  });
  return {
    state,
    miniflare,
    bucket: (await miniflare.getR2Bucket("BUCKET", "storage-worker")) as unknown as R2Bucket,
    client: await connectStorage(new URL(STORAGE_PATH, url).href.replace("http", "ws")),
  };
}

const STORAGE_PATH = "/storage";

/** The number that a `SELECT … AS n` answers. */
export async function count(db: D1Database, sql: string, ...values: unknown[]): Promise<number> {
  const row = await db
    .prepare(sql)
    .bind(...values)
    .first<{ n: number }>();
  return row?.n ?? 0;
}
