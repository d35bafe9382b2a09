import "../local/quiet-wrangler.ts";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { experimental_readRawConfig as readRawConfig } from "wrangler";
import { readPartMinutes, readSpeechApi, readUpstreamConcurrency } from "../../shared/settings.ts";
import { ROOT } from "../root.ts";
import { COMMITTED_CONFIG } from "./project.ts";

export const DEPLOY_FOLDER = join(ROOT, "build", "deploy");
const CONFIG = join(DEPLOY_FOLDER, "wrangler.json");

/** Only under `npm start`: it lets customers' URLs point at the machine itself. */
const NEVER_DEPLOYED = "ALLOW_LOCAL_DESTINATIONS";

/** The parts of a Worker's section that are changed here; wrangler itself checks all of it when it reads the copy. */
type Section = {
  main: string;
  vars?: Record<string, string>;
  assets?: { directory: string };
  d1_databases?: { database_id: string; migrations_dir: string }[];
  queues?: { consumers?: Consumer[] };
};

type Consumer = { queue: string; max_concurrency?: number };
/** Its consumers are the calls to the speech API that run at once. */
const TRANSCRIBE_QUEUE = "diarist-transcribe";

/**
 * Writes a copy of wrangler.toml that wrangler can deploy, and gives its path: with the database's id, and with the
 * settings that the environment has. The committed file stays as it is.
 * @throws SettingRangeError for a setting that no Worker could use
 */
export async function writeDeployConfig(
  settings: { databaseId?: string; vars?: Record<string, string | undefined> },
  path: string = CONFIG,
): Promise<string> {
  const { rawConfig } = readRawConfig({ config: COMMITTED_CONFIG });
  readPartMinutes(settings.vars?.["PART_MINUTES"]); // refused here rather than by each job
  if (readSpeechApi(settings.vars?.["SPEECH_API"]) === "stand-in") {
    throw new Error("SPEECH_API=stand-in is for npm start alone: it hears no real words.");
  }
  const { env, ...shared } = rawConfig as { env: Record<string, Section> };
  const folder = dirname(path);
  const fromRoot = (file: string) => relative(folder, join(ROOT, file));
  const sections = Object.entries(env).map(([name, section]) => [
    name,
    {
      ...section,
      main: fromRoot(section.main),
      vars: Object.fromEntries(
        Object.entries(section.vars ?? {}).map(([key, value]) => [
          key,
          key === NEVER_DEPLOYED ? "" : settings.vars?.[key] || value,
        ]),
      ),
      ...(section.assets
        ? { assets: { ...section.assets, directory: fromRoot(section.assets.directory) } }
        : {}),
      ...(section.queues ? { queues: withConcurrency(section.queues, settings.vars) } : {}),
      ...(section.d1_databases
        ? {
            d1_databases: section.d1_databases.map((database) => ({
              ...database,
              database_id: settings.databaseId ?? database.database_id,
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
  vars: Record<string, string | undefined> | undefined,
): { consumers?: Consumer[] } {
  const concurrency = readUpstreamConcurrency(vars?.["UPSTREAM_CONCURRENCY"]);
  const consumers = (queues.consumers ?? []).map((consumer) =>
    consumer.queue === TRANSCRIBE_QUEUE ? { ...consumer, max_concurrency: concurrency } : consumer,
  );
  return { ...queues, consumers };
}
