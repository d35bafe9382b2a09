import "./quiet-wrangler.ts";
import { join } from "node:path";
import { unstable_getMiniflareWorkerOptions as readWorkerOptions, unstable_readConfig } from "wrangler";
import { bundleWorker } from "../bundle/bundle-worker.ts";
import { ROOT } from "../root.ts";

const CONFIG = join(ROOT, "wrangler.toml");
const ENVS = ["ingest", "transcribe", "notify"] as const;

/** A Worker as wrangler.toml describes it, bundled, in Miniflare's words. It is plain JSON. */
export type DescribedWorker = {
  name: string;
  script: string;
  bindings: Record<string, unknown>;
  d1Databases: Record<string, { id: string }>;
  queueConsumers: Record<string, { maxBatchSize?: number }>;
} & Record<string, unknown>;

/** Another file to start a Worker from: bench/operations/index.ts puts one that counts around it. */
export type Entries = Partial<Record<(typeof ENVS)[number], string>>;

/** All three Workers. Takes some seconds: wrangler is slow to load. */
export function describeWorkers(entries: Entries = {}): Promise<DescribedWorker[]> {
  return Promise.all(ENVS.map((env) => describeWorker(env, entries[env])));
}

async function describeWorker(
  env: (typeof ENVS)[number],
  entry: string | undefined,
): Promise<DescribedWorker> {
  const { main, name } = unstable_readConfig({ config: CONFIG, env }, { hideWarnings: true });
  if (!main || !name) throw new Error(`[env.${env}] in wrangler.toml has no main or name`);
  // The rules say how to read files that a bundle has inside already; Miniflare's newer options have no place for them.
  const { modulesRules: _, ...options } = readWorkerOptions(CONFIG, env).workerOptions;
  return {
    ...options,
    name,
    modules: true,
    script: await bundleWorker(entry ?? main),
    bindings: Object(options.bindings),
    d1Databases: Object(options.d1Databases),
    queueConsumers: Object(options.queueConsumers),
  };
}
