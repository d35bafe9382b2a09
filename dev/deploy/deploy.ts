import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findWorkersDevUrl } from "./base-url.ts";
import { DEPLOY_FOLDER, writeDeployConfig } from "./config.ts";
import { type Plan, type PlanOptions, planDeployment } from "./plan.ts";
import { WORKERS, type Worker } from "./project.ts";
import { createMissing } from "./resources.ts";
import type { Settings } from "./settings.ts";
import { mustRun } from "./wrangler.ts";

export type DeployOptions = PlanOptions & {
  say: (line: string) => void;
  /** Whether to go on, now that the operator has read what will change; null when nobody can be asked. */
  confirm: (() => Promise<boolean>) | null;
  /** Makes what ingest serves as static assets, for recordings that are played from this host. */
  build?: (mediaBaseUrl: string) => Promise<void>;
  /** Where the generated configuration goes. */
  folder?: string;
};

/** A key is there if it was made in this run, and known nowhere else. */
type Deployed = { baseUrl: string; operatorKey: string | null; signingKey: string | null };

/**
 * Says what it will change and asks; then creates what is missing in the account, migrates, sets the secrets that are
 * not set, and deploys the three Workers. Settings that the account has stay unless others are given.
 */
export async function deploy(options: DeployOptions): Promise<Deployed> {
  const { wrangler, say, folder = DEPLOY_FOLDER } = options;
  const path = join(folder, "wrangler.json");
  const unfinished = join(folder, "unfinished.json");
  const plan = await planDeployment(options, { config: path, unfinished });
  const { project, secrets, settings, made } = plan;
  await confirmPlan(options, plan);

  await writePrivate(unfinished, plan.unfinished);
  await options.build?.(settings.ingest["MEDIA_BASE_URL"] ?? "");
  const databaseId = await createMissing(wrangler, project, plan.found, say);
  await writeDeployConfig({ databaseId, settings }, path);
  await mustRun(wrangler, ["d1", "migrations", "apply", project.database, "--remote", ...at("ingest")]);
  say(`D1 database ${project.database}: migrated`);

  const baseUrl = settings.ingest["PUBLIC_BASE_URL"] || (await findOutBaseUrl());
  await writeDeployConfig({ databaseId, settings: withBaseUrl(settings, baseUrl) }, path);
  for (const worker of WORKERS) await deployWorker(worker);
  await rm(unfinished, { force: true });
  return {
    baseUrl,
    operatorKey: made["OPERATOR_KEY"] ?? null,
    signingKey: made["SIGNING_KEY"] ?? null,
  };

  function at(worker: Worker): string[] {
    return ["--config", path, "--env", worker];
  }

  /** Secrets go with the code, so that no version is without them; those that are set already stay. */
  async function deployWorker(worker: Worker): Promise<string> {
    const missing = secrets.missing[worker];
    const file = join(folder, `secrets-${worker}.json`);
    const names = Object.keys(missing);
    try {
      if (names.length > 0) await writePrivate(file, missing);
      const withSecrets = names.length > 0 ? ["--secrets-file", file] : [];
      const printed = await mustRun(wrangler, ["deploy", ...at(worker), ...withSecrets]);
      say(`${project.names[worker]}: deployed${names.length > 0 ? `, with ${names.join(", ")}` : ""}`);
      return printed;
    } finally {
      await rm(file, { force: true });
    }
  }

  /** Only on the very first deployment: no client has a key yet, so none sees a Worker that does not know its address. */
  async function findOutBaseUrl(): Promise<string> {
    const url = findWorkersDevUrl(await deployWorker("ingest"));
    if (url) return url;
    throw new Error(
      "The deployment printed no workers.dev address. Say where it is reached: npm run deploy -- --url https://…",
    );
  }
}

/** @throws Error when it is not to go on: nothing has been changed yet */
async function confirmPlan({ say, confirm }: DeployOptions, { changes, remarks }: Plan): Promise<void> {
  for (const remark of remarks) say(remark);
  if (changes.length === 0)
    say("Nothing to change in the account; the code of the three Workers is deployed.");
  else say("This will change in the account; then the code of the three Workers is deployed:");
  for (const change of changes) say(`  ${change}`);
  if (confirm === null) {
    throw new Error("Nobody can be asked here, so nothing was changed. To go on: npm run deploy -- --yes");
  }
  if (!(await confirm())) throw new Error("Nothing was changed.");
}

/** A Worker that has another address keeps it. */
function withBaseUrl(settings: Settings, baseUrl: string): Settings {
  const set = (vars: Record<string, string>) => ({
    ...vars,
    PUBLIC_BASE_URL: vars["PUBLIC_BASE_URL"] || baseUrl,
  });
  return { notify: set(settings.notify), transcribe: set(settings.transcribe), ingest: set(settings.ingest) };
}

async function writePrivate(path: string, secrets: Record<string, string>): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, JSON.stringify(secrets), { mode: 0o600 });
}
