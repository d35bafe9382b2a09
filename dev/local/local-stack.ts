import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare, Response } from "miniflare";
import { readUpstreamConcurrency } from "../../shared/settings.ts";
import { ROOT } from "../root.ts";
import type { DescribedWorker, Entries } from "./describe-workers.ts";
import { guardWorkerd } from "./guard-workerd.ts";
import { migrate } from "./migrate.ts";
import { refuseForeign } from "./refuse-foreign.ts";

const NOTIFY_AT_ONCE = 20;
/** Reached only under `npm start` and in tests; a deployment has no such Worker. */
const DEV_WORKER = `export default { fetch: (request, env) => env.DEV.fetch(request) };`;

export type DevRequest = {
  url: string;
  method: string;
  headers: { get(name: string): string | null };
  text(): Promise<string>;
};

export type LocalStack = {
  url: URL;
  db: D1Database;
  bucket: R2Bucket;
  queues: { transcribe: Queue; notify: Queue };
  /** Where a debugger attaches to `/core:user:diarist-ingest` and so on; only with `inspect`. */
  inspectorUrl: URL | null;
  /** Runs every Worker's sweep once, as the cron does each minute in a deployment. */
  sweep(): Promise<void>;
  close(): Promise<void>;
};

export type LocalStackOptions = {
  /** The Workers' settings, as .dev.vars would hold them. */
  vars: Record<string, string>;
  /** Where D1 and R2 are kept; in memory when left out. Queues are always in memory. */
  statePath?: string;
  /** 0 or nothing: any free port. */
  port?: number;
  onLog?: (line: string) => void;
  /** What is asked under `/dev/` beside the sweep; null: there is no such thing. */
  answerDev?: (request: DevRequest) => Promise<Response | null>;
  inspect?: boolean;
  entries?: Entries;
  /** What was prepared for several stacks; left out: prepared now, for this one. */
  prepared?: PreparedStack;
};

export type PreparedStack = {
  /** What `describeWorkers` gave; the assets are built. */
  workers: readonly DescribedWorker[];
  /** A folder with a migrated, empty database. A stack without a state folder starts from a copy of it. */
  emptyState: string;
};

/** All three Workers with D1, R2 and queues in one local process, migrated, as wrangler.toml describes them. */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  const workers = options.prepared?.workers ?? (await prepareWorkers(options.entries));
  const copy = options.prepared && !options.statePath ? await copyState(options.prepared.emptyState) : null;
  const statePath = options.statePath ?? copy;
  const dev = {
    name: "dev",
    modules: true,
    script: DEV_WORKER,
    compatibilityDate: "2026-10-20",
    routes: ["*/dev/*"],
    serviceBindings: { DEV: (request: DevRequest) => answerDev(request) },
  };
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: options.port ?? 0,
      ...(statePath ? { resourcePersistencePath: statePath } : {}),
      ...(options.inspect ? { inspectorPort: 0 } : {}),
      workers: [...workers.map((worker) => configure(worker, options.vars)), dev],
      handleStructuredLogs: ({ message }: { message: string }) => options.onLog?.(message),
    } as Parameters<typeof convertV4MiniflareOptions>[0]),
  );
  const url = await miniflare.ready;
  guardWorkerd();

  async function sweep(): Promise<void> {
    for (const { name } of workers) {
      const worker = await miniflare.getWorker(name);
      await worker.scheduled({ cron: "* * * * *" });
    }
  }

  async function answerDev(request: DevRequest): Promise<Response> {
    const own = [options.vars["PUBLIC_BASE_URL"], options.vars["MEDIA_BASE_URL"]];
    const refused = refuseForeign(
      request,
      own.filter((one) => one !== undefined),
    );
    if (refused) return refused;
    if (request.method === "POST" && new URL(request.url).pathname === "/dev/sweep") {
      await sweep();
      return new Response(null, { status: 204 });
    }
    const answer = await options.answerDev?.(request);
    return answer ?? new Response("no such dev route\n", { status: 404 });
  }

  const db = await miniflare.getD1Database("DB", "diarist-ingest");
  await migrate(db, join(ROOT, "migrations"));
  return {
    url,
    db,
    bucket: (await miniflare.getR2Bucket("BUCKET", "diarist-ingest")) as unknown as R2Bucket,
    queues: {
      transcribe: await miniflare.getQueueProducer("TRANSCRIBE_QUEUE", "diarist-ingest"),
      notify: await miniflare.getQueueProducer("NOTIFY_QUEUE", "diarist-ingest"),
    },
    inspectorUrl: options.inspect ? await miniflare.getInspectorURL() : null,
    sweep,
    async close() {
      await miniflare.dispose();
      if (copy) await rm(copy, { recursive: true, force: true });
    },
  };
}

async function copyState(from: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "diarist-state-"));
  await cp(from, folder, { recursive: true });
  return folder;
}

/** Loaded only here: wrangler, esbuild and Vite take seconds to load, and who brings `workers` needs none of them. */
async function prepareWorkers(entries: Entries | undefined): Promise<DescribedWorker[]> {
  const { buildAssets } = await import("../bundle/build-assets.ts");
  const { describeWorkers } = await import("./describe-workers.ts");
  await buildAssets();
  return describeWorkers(entries);
}

function configure(worker: DescribedWorker, vars: Record<string, string>) {
  // Here one batch runs at a time, so a batch stands for the consumers that a deployment runs side by side.
  const atOnce: Record<string, number> = {
    "diarist-transcribe": readUpstreamConcurrency(vars["UPSTREAM_CONCURRENCY"]),
    "diarist-notify": NOTIFY_AT_ONCE,
  };
  const consumers = Object.entries(worker.queueConsumers).map(([queue, consumer]) => [
    queue,
    { ...consumer, maxBatchSize: atOnce[queue] ?? consumer.maxBatchSize },
  ]);
  return {
    ...worker,
    queueConsumers: Object.fromEntries(consumers),
    bindings: { ...worker.bindings, ...vars },
  };
}
