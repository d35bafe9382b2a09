import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { checkBaseUrl } from "./base-url.ts";
import { listChanges } from "./changes.ts";
import { writeDeployConfig } from "./config.ts";
import { type Project, readProject, WORKERS } from "./project.ts";
import { findMigrations, findResources, type Resources } from "./resources.ts";
import {
  listKeptSecrets,
  neededSecrets,
  planSecrets,
  readDeployedSecrets,
  SecretNeededError,
  type SecretPlan,
} from "./secrets.ts";
import { decideSettings, readDeployedSettings, type Settings, settingNames } from "./settings.ts";
import { type Wrangler, WranglerError } from "./wrangler.ts";

export type PlanOptions = {
  wrangler: Wrangler;
  /** Settings as a shell has them: what is set wins over the account's. One that is empty is not set. */
  env: NodeJS.Dict<string>;
  /** Where the Workers are reached, if the operator says so. */
  baseUrl?: string | undefined;
  /** The settings that go back to their defaults. */
  unset?: string[];
  /** Asks the operator for a secret; null when the terminal is not interactive. */
  ask?: ((name: string) => Promise<string>) | null;
};

/** What a deployment will do. */
export type Plan = {
  project: Project;
  found: Resources;
  secrets: SecretPlan;
  /** PUBLIC_BASE_URL is empty where nobody knows it yet. */
  settings: Settings;
  /** A line for each change in the account, the code aside. */
  changes: string[];
  /** What the operator may have expected to change, and does not. */
  remarks: string[];
  /** Secrets made here, now or in a run that was not finished: known nowhere else. */
  made: Record<string, string>;
  /** What the next run must know if this one breaks. */
  unfinished: Record<string, string>;
};

type Files = { config: string; unfinished: string };

/** Finds out what the account has and decides what is to change. Changes nothing. */
export async function planDeployment(options: PlanOptions, files: Files): Promise<Plan> {
  const { wrangler, unset = [] } = options;
  const env = readShell(options);
  await requireLogin(wrangler);
  const committed = readProject();
  const deployed = await readDeployedSecrets(wrangler, committed);
  const before = await readDeployedSettings(wrangler, committed, deployed);
  const kept = await readUnfinished(files.unfinished, unset);
  const account = { vars: before, secrets: deployed };
  const settings = decideSettings(committed, account, { given: { ...kept, ...env }, unset });
  const project = { ...committed, secrets: neededSecrets(committed.secrets, settings) };

  const asked = await askForMissing(env, options.ask, project.secrets.transcribe, deployed.transcribe);
  const given = { ...kept, ...asked, ...env };
  const secrets = planSecrets(project, deployed, given);

  const found = await findResources(wrangler, project);
  const config = await writeDeployConfig({ databaseId: found.databaseId, settings }, files.config);
  const migrations = await findMigrations(wrangler, project, found, ["--config", config, "--env", "ingest"]);
  const newWorkers = WORKERS.filter((worker) => deployed[worker] === null);
  const made = {
    ...pick(
      kept,
      WORKERS.flatMap((worker) => project.secrets[worker]),
    ),
    ...secrets.made,
  };
  return {
    project,
    found,
    secrets,
    settings,
    changes: listChanges(project, { found, migrations, before, settings, secrets, newWorkers }),
    remarks: listKeptSecrets(project, deployed, env),
    made,
    unfinished: { ...made, ...pick(given, settingNames(project)) },
  };
}

async function requireLogin(wrangler: Wrangler): Promise<void> {
  const args = ["whoami", "--json"];
  const answer = await wrangler(args);
  if (answer.status === 0) return;
  if (!/"loggedIn":\s*false/.test(answer.stdout)) throw new WranglerError(args, answer);
  throw new Error(
    "You are not logged in to Cloudflare. Run: npx wrangler login (or set CLOUDFLARE_API_TOKEN)",
  );
}

/** @throws Error for an address that cannot be one */
function readShell({ env, baseUrl }: PlanOptions): Record<string, string> {
  const set = Object.entries(env).flatMap(([name, value]) => (value ? [[name, value] as const] : []));
  const given = Object.fromEntries(set);
  const address = baseUrl ?? given["PUBLIC_BASE_URL"];
  return address ? { ...given, PUBLIC_BASE_URL: checkBaseUrl("PUBLIC_BASE_URL", address) } : given;
}

/** What an earlier run was given or made and had no time to set everywhere: Cloudflare gives no secret back. */
async function readUnfinished(path: string, unset: string[]): Promise<Record<string, string>> {
  if (!existsSync(path)) return {};
  const kept = JSON.parse(await readFile(path, "utf8")) as Record<string, string>; // we wrote it
  return pick(
    kept,
    Object.keys(kept).filter((name) => !unset.includes(name)),
  );
}

function pick(from: Record<string, string>, names: string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (from[name] ? [[name, from[name]]] : [])));
}

/** The speech API's key, when it is not set and not in the environment: before anything has been created. */
async function askForMissing(
  env: Record<string, string>,
  ask: PlanOptions["ask"],
  needed: string[],
  set: string[] | null,
): Promise<Record<string, string>> {
  const name = "TOGETHER_API_KEY";
  if (!needed.includes(name) || set?.includes(name) || env[name]) return {};
  const value = ask ? (await ask(name)).trim() : "";
  if (value !== "") return { [name]: value };
  throw new SecretNeededError(
    `${name} is not set (https://api.together.ai/settings/api-keys has yours). Run: ${name}=… npm run deploy`,
  );
}
