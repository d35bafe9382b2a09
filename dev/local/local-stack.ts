import "./quiet-wrangler.ts";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare, Response } from "miniflare";
import { unstable_getMiniflareWorkerOptions as readWorkerOptions, unstable_readConfig } from "wrangler";
import { readUpstreamConcurrency } from "../../shared/settings.ts";
import { buildAssets } from "../bundle/build-assets.ts";
import { bundleWorker } from "../bundle/bundle-worker.ts";
import { ROOT } from "../root.ts";
import { guardWorkerd } from "./guard-workerd.ts";
import { migrate } from "./migrate.ts";

const CONFIG = join(ROOT, "wrangler.toml");
const NOTIFY_AT_ONCE = 20;
const ENVS = ["ingest", "transcribe", "notify"] as const;
/** Reached only under `npm start` and in tests; a deployment has no such Worker. */
const DEV_WORKER = `export default { fetch: (request, env) => env.DEV.fetch(request) };`;

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
  inspect?: boolean;
  /** Another file to start a Worker from: bench/operations/index.ts puts one that counts around it. */
  entries?: Partial<Record<(typeof ENVS)[number], string>>;
};

/** All three Workers with D1, R2 and queues in one local process, migrated, as wrangler.toml describes them. */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  await buildAssets();
  const workers = await Promise.all(ENVS.map((env) => describeWorker(env, options)));
  const dev = {
    name: "dev",
    modules: true,
    script: DEV_WORKER,
    compatibilityDate: "2026-10-20",
    routes: ["*/dev/*"],
    serviceBindings: { DEV: (request: { url: string; method: string }) => answerDev(request) },
  };
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: options.port ?? 0,
      ...(options.statePath ? { resourcePersistencePath: options.statePath } : {}),
      ...(options.inspect ? { inspectorPort: 0 } : {}),
      workers: [...workers, dev],
      handleStructuredLogs: ({ message }: { message: string }) => options.onLog?.(message),
    } as Parameters<typeof convertV4MiniflareOptions>[0]),
  );
  const url = await miniflare.ready;
  guardWorkerd();

  async function sweep(): Promise<void> {
    for (const env of ENVS) {
      const worker = await miniflare.getWorker(`diarist-${env}`);
      await worker.scheduled({ cron: "* * * * *" });
    }
  }

  async function answerDev(request: { url: string; method: string }): Promise<Response> {
    if (request.method === "POST" && new URL(request.url).pathname === "/dev/sweep") {
      await sweep();
      return new Response(null, { status: 204 });
    }
    return new Response("no such dev route\n", { status: 404 });
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
    close: () => miniflare.dispose(),
  };
}

async function describeWorker(env: (typeof ENVS)[number], { vars, entries }: LocalStackOptions) {
  const { main, name } = unstable_readConfig({ config: CONFIG, env }, { hideWarnings: true });
  if (!main || !name) throw new Error(`[env.${env}] in wrangler.toml has no main or name`);
  // The rules say how to read files that a bundle has inside already; Miniflare's newer options have no place for them.
  const { modulesRules: _, ...workerOptions } = readWorkerOptions(CONFIG, env).workerOptions;
  // Here one batch runs at a time, so a batch stands for the consumers that a deployment runs side by side.
  const consumers: unknown = workerOptions.queueConsumers;
  const atOnce = {
    "diarist-transcribe": readUpstreamConcurrency(vars["UPSTREAM_CONCURRENCY"]),
    "diarist-notify": NOTIFY_AT_ONCE,
  };
  for (const [queue, maxBatchSize] of Object.entries(atOnce)) {
    const consumer = Object(consumers)[queue];
    if (consumer) consumer.maxBatchSize = maxBatchSize;
  }
  return {
    ...workerOptions,
    name,
    modules: true,
    script: await bundleWorker(entries?.[env] ?? main),
    bindings: Object.assign({}, workerOptions.bindings, vars),
  };
}
