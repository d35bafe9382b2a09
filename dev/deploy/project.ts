import "../local/quiet-wrangler.ts";
import { join } from "node:path";
import { unstable_readConfig as readConfig } from "wrangler";
import { ROOT } from "../root.ts";

export const COMMITTED_CONFIG = join(ROOT, "wrangler.toml");

/** The Workers in the order in which they are deployed: who is called comes before who calls. */
export const WORKERS = ["notify", "transcribe", "ingest"] as const;
export type Worker = (typeof WORKERS)[number];

export function isWorker(name: string): name is Worker {
  return WORKERS.some((worker) => worker === name);
}

/** What wrangler.toml says must exist in the account. */
export type Project = {
  /** The Workers' names in the account. */
  names: Record<Worker, string>;
  secrets: Record<Worker, string[]>;
  /** What is no secret, with its default. */
  settings: Record<Worker, Record<string, string>>;
  buckets: string[];
  /** Exactly one: the Workers share it. */
  database: string;
  queues: string[];
};

/** The parts of wrangler's own type that are read here; some of its members are `any`. */
type Config = {
  name?: string | undefined;
  vars?: Record<string, unknown>;
  secrets?: { required?: string[] } | undefined;
  r2_buckets: { bucket_name?: string }[];
  d1_databases: { database_name?: string }[];
  queues: { producers?: { queue: string }[]; consumers?: { queue: string; dead_letter_queue?: string }[] };
};

export function readProject(path: string = COMMITTED_CONFIG): Project {
  const configs = WORKERS.map((env): Config => readConfig({ config: path, env }, { hideWarnings: true }));
  const byWorker = <T>(pick: (config: Config) => T) =>
    Object.fromEntries(WORKERS.map((worker, n) => [worker, pick(at(configs, n))])) as Record<Worker, T>;
  const queues = configs.flatMap(({ queues: { producers, consumers } }) => [
    ...(producers ?? []).map(({ queue }) => queue),
    ...(consumers ?? []).flatMap(({ queue, dead_letter_queue }) => [queue, dead_letter_queue ?? queue]),
  ]);
  const databases = configs.flatMap(({ d1_databases }) => d1_databases.map((d1) => d1.database_name ?? ""));
  return {
    names: byWorker((config) => config.name ?? ""),
    secrets: byWorker((config) => config.secrets?.required ?? []),
    settings: byWorker(({ vars }) =>
      Object.fromEntries(Object.entries(vars ?? {}).map(([name, value]) => [name, String(value)])),
    ),
    buckets: distinct(configs.flatMap(({ r2_buckets }) => r2_buckets.map((r2) => r2.bucket_name ?? ""))),
    database: at(distinct(databases), 0),
    queues: distinct(queues),
  };
}

function distinct(names: string[]): string[] {
  return [...new Set(names)];
}

function at<T>(list: T[], n: number): T {
  const item = list[n];
  if (item === undefined) throw new Error("wrangler.toml lacks a Worker or a database");
  return item;
}
