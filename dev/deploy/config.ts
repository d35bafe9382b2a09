import "../local/quiet-wrangler.ts";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { experimental_readRawConfig as readRawConfig } from "wrangler";
import { readUpstreamConcurrency } from "../../shared/settings.ts";
import { ROOT } from "../root.ts";
import { COMMITTED_CONFIG, isWorker, type Worker } from "./project.ts";
import { neededSecrets } from "./secrets.ts";
import type { Settings } from "./settings.ts";

export const DEPLOY_FOLDER = join(ROOT, "build", "deploy");
const CONFIG = join(DEPLOY_FOLDER, "wrangler.json");

/** The parts of a Worker's section that are changed here; wrangler itself checks all of it when it reads the copy. */
type Section = {
  main: string;
  vars?: Record<string, string>;
  assets?: { directory: string };
  d1_databases?: { database_id: string; migrations_dir: string }[];
  queues?: { consumers?: Consumer[] };
  secrets?: { required: string[] };
};

type Consumer = { queue: string; max_concurrency?: number };
/** Its consumers are the calls to the speech API that run at once. */
export const TRANSCRIBE_QUEUE = "diarist-transcribe";

/**
 * Writes a copy of wrangler.toml that wrangler can deploy, and gives its path: with the database's id, and with these
 * settings in place of its own. The committed file stays as it is.
 * @throws SettingRangeError for a concurrency that no queue could have
 */
export async function writeDeployConfig(
  { databaseId, settings }: { databaseId?: string | null; settings?: Settings },
  path: string = CONFIG,
): Promise<string> {
  const { rawConfig } = readRawConfig({ config: COMMITTED_CONFIG });
  const { env, ...shared } = rawConfig as { env: Record<string, Section> };
  const folder = dirname(path);
  const fromRoot = (file: string) => relative(folder, join(ROOT, file));
  const concurrency = readUpstreamConcurrency(settings?.transcribe["UPSTREAM_CONCURRENCY"]);
  const required = (worker: Worker) => env[worker]?.secrets?.required ?? [];
  const all = { notify: required("notify"), transcribe: required("transcribe"), ingest: required("ingest") };
  const needed = settings ? neededSecrets(all, settings) : all;
  const sections = Object.entries(env).map(([name, section]) => [
    name,
    {
      ...section,
      main: fromRoot(section.main),
      ...(settings && isWorker(name) ? { vars: settings[name], secrets: { required: needed[name] } } : {}),
      ...(section.assets
        ? { assets: { ...section.assets, directory: fromRoot(section.assets.directory) } }
        : {}),
      ...(section.queues ? { queues: withConcurrency(section.queues, concurrency) } : {}),
      ...(section.d1_databases
        ? {
            d1_databases: section.d1_databases.map((database) => ({
              ...database,
              database_id: databaseId ?? database.database_id,
              migrations_dir: fromRoot(database.migrations_dir),
            })),
          }
        : {}),
    },
  ]);
  await mkdir(folder, { recursive: true });
  await writeFile(path, JSON.stringify({ ...shared, env: Object.fromEntries(sections) }, null, 2));
  return path;
}

function withConcurrency(
  queues: { consumers?: Consumer[] },
  concurrency: number,
): { consumers?: Consumer[] } {
  const consumers = (queues.consumers ?? []).map((consumer) =>
    consumer.queue === TRANSCRIBE_QUEUE ? { ...consumer, max_concurrency: concurrency } : consumer,
  );
  return { ...queues, consumers };
}
