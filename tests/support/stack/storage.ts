import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { afterAll, beforeEach } from "vitest";
import { ROOT } from "../../../dev/root.ts";
import { seal } from "../../../shared/secrets/seal.ts";
import { insertSecret } from "../../../shared/storage/webhook-secrets.ts";
import { countOpenUploads } from "./open-uploads.ts";
import { SIGNING_KEY, TENANT, WEBHOOK_SECRET } from "./tenant.ts";

const MIGRATIONS = join(ROOT, "migrations");

/** A real local D1, migrated, and a real local R2. */
export type Storage = {
  db: D1Database;
  bucket: R2Bucket;
  /** How many rows each table holds that belong to this job; tables without any are left out. */
  rowsOf(jobId: string): Promise<Record<string, number>>;
  /** Every key in R2, in order. */
  keys(): Promise<string[]>;
  /** Multipart uploads that are neither completed nor aborted. */
  openUploads(): Promise<number>;
  /** Asks the Worker that has these as DB and BUCKET; only with `entry`. */
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
 * One for a whole test file: closed with it, and emptied before each test but for the tenant.
 * @param entry a Worker to run beside it, for code that only workerd can run
 */
export async function useStorage({ entry }: { entry?: string } = {}): Promise<Storage> {
  const state = await mkdtemp(join(tmpdir(), "diarist-storage-"));
  await cp(await migratedState(), state, { recursive: true });
  const miniflare = open(state, entry ? await bundle(entry) : NO_WORKER);
  const db = await miniflare.getD1Database("DB");
  const bucket = (await miniflare.getR2Bucket("BUCKET")) as unknown as R2Bucket;
  const tables = await listTables(db);
  const secret = await seal(SIGNING_KEY, WEBHOOK_SECRET);

  async function keys(): Promise<string[]> {
    const { objects } = await bucket.list();
    return objects.map((object) => object.key);
  }

  const clearDatabase = () =>
    db.batch([
      db.prepare("PRAGMA defer_foreign_keys = on"),
      ...tables.map((table) => db.prepare(`DELETE FROM ${table}`)),
      db.prepare("INSERT INTO tenants (id, name, created_at) VALUES (?, 'Tests', 0)").bind(TENANT),
      insertSecret(db, TENANT, { sealed: secret, publicKey: null, createdAt: 0 }),
    ]);
  const clearBucket = async () => {
    const left = await keys();
    if (left.length > 0) await bucket.delete(left);
  };
  beforeEach(() => Promise.all([clearDatabase(), clearBucket()]));
  afterAll(async () => {
    await miniflare.dispose();
    await rm(state, { recursive: true, force: true });
  });

  return {
    db,
    bucket,
    keys,
    openUploads: () => countOpenUploads(state),
    ask: async (path) => (await miniflare.dispatchFetch(`http://worker${path}`)).json(),
    async rowsOf(jobId) {
      const counts = await db.prepare(`SELECT ${COUNTS}`).bind(jobId).first<Record<string, number>>();
      return Object.fromEntries(Object.entries(counts ?? {}).filter(([, n]) => n > 0));
    },
  };
}

const NO_WORKER = "export default { fetch: () => new Response() }";

/** Loaded only where it is needed: esbuild takes its time. */
async function bundle(entry: string): Promise<string> {
  const { bundleWorker } = await import("../../../dev/bundle/bundle-worker.ts");
  return bundleWorker(entry);
}

function open(state: string, script: string): Miniflare {
  return new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script,
      compatibilityDate: "2026-10-20",
      compatibilityFlags: ["nodejs_compat"],
      d1Databases: ["DB"],
      r2Buckets: ["BUCKET"],
      resourcePersistencePath: state,
    }),
  );
}

/**
 * A folder with a migrated, empty database, made once for each state of the migrations and copied by every test
 * file: to migrate takes wrangler, which alone takes longer to load than most files to run.
 */
async function migratedState(): Promise<string> {
  const hash = createHash("sha256");
  for (const file of globSync(`${MIGRATIONS}/*.sql`).sort()) hash.update(file).update(readFileSync(file));
  const cache = join(ROOT, "node_modules", ".cache", "diarist-tests");
  const made = join(cache, hash.digest("hex"));
  if (existsSync(made)) return made;

  const { migrate } = await import("../../../dev/local/migrate.ts");
  await mkdir(cache, { recursive: true });
  const making = await mkdtemp(join(cache, "making-"));
  const miniflare = open(making, NO_WORKER);
  await migrate(await miniflare.getD1Database("DB"), MIGRATIONS);
  await miniflare.dispose();
  await rename(making, made).catch(() => rm(making, { recursive: true })); // another file was faster
  return made;
}

/** The number that a `SELECT … AS n` answers. */
export async function count(db: D1Database, sql: string, ...values: unknown[]): Promise<number> {
  const row = await db
    .prepare(sql)
    .bind(...values)
    .first<{ n: number }>();
  return row?.n ?? 0;
}

async function listTables(db: D1Database): Promise<string[]> {
  const { results } = await db
    .prepare(
      // Not the search index and its shadow tables: they follow the blocks.
      `SELECT name FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
         AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' AND name <> 'd1_migrations'`,
    )
    .all<{ name: string }>();
  return results.map((row) => row.name);
}
