import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checkBaseUrl, findWorkersDevUrl, readDeployedBaseUrl } from "./base-url.ts";
import { DEPLOY_FOLDER, writeDeployConfig } from "./config.ts";
import { readProject, WORKERS, type Worker } from "./project.ts";
import { ensureResources } from "./resources.ts";
import { planSecrets, readDeployedSecrets, SecretNeededError } from "./secrets.ts";
import { mustRun, type Wrangler, WranglerError } from "./wrangler.ts";

export type DeployOptions = {
  wrangler: Wrangler;
  /** Settings as a shell has them: what is set wins over wrangler.toml. */
  env: NodeJS.Dict<string>;
  /** Where the Workers are reached, if the operator says so. */
  baseUrl?: string | undefined;
  say: (line: string) => void;
  /** Asks the operator for a secret; null when the terminal is not interactive. */
  ask?: ((name: string) => Promise<string>) | null;
  /** Where the generated configuration goes. */
  folder?: string;
};

/**
 * Creates what is missing in the account, migrates, sets the secrets that are not set, and deploys the three Workers.
 * A second run creates and sets nothing, and deploys what the code is now.
 *
 * @returns the address, and the operator's key if it was made in this run: it is shown here and never again.
 */
export async function deploy(
  options: DeployOptions,
): Promise<{ baseUrl: string; operatorKey: string | null }> {
  const { wrangler, env, say, folder = DEPLOY_FOLDER } = options;
  const given = options.baseUrl ?? env["PUBLIC_BASE_URL"];
  const wanted = given ? checkBaseUrl(given) : undefined;
  await requireLogin(wrangler);
  const project = readProject();
  const deployed = await readDeployedSecrets(wrangler, project);

  // What an earlier run made and had no time to set everywhere: Cloudflare does not give a secret back.
  const unfinished = join(folder, "unfinished-secrets.json");
  const made: Record<string, string> = existsSync(unfinished)
    ? JSON.parse(await readFile(unfinished, "utf8"))
    : {};
  const asked = await askForMissing(options, deployed.transcribe);
  const plan = planSecrets(project, deployed, { ...made, ...asked, ...notEmpty(env) });
  const keep = { ...made, ...plan.made };
  if (Object.keys(keep).length > 0) await writePrivate(unfinished, keep);

  const databaseId = await ensureResources(wrangler, project, say);
  const known =
    wanted ?? (deployed.ingest ? await readDeployedBaseUrl(wrangler, project.names.ingest) : undefined);
  const path = join(folder, "wrangler.json");
  const writeConfig = (url: string) =>
    writeDeployConfig({ databaseId, vars: { ...env, PUBLIC_BASE_URL: url } }, path);

  await writeConfig(known ?? "");
  await mustRun(wrangler, ["d1", "migrations", "apply", project.database, "--remote", ...at("ingest")]);
  say(`D1 database ${project.database}: migrated`);

  const baseUrl = known ?? (await findOutBaseUrl());
  await writeConfig(baseUrl);
  for (const worker of WORKERS) await deployWorker(worker);
  await rm(unfinished, { force: true });
  return { baseUrl, operatorKey: keep["OPERATOR_KEY"] ?? null };

  function at(worker: Worker): string[] {
    return ["--config", path, "--env", worker];
  }

  /** Secrets go with the code, so that no version is without them; those that are set already stay. */
  async function deployWorker(worker: Worker): Promise<string> {
    const missing = plan.missing[worker];
    const file = join(folder, `secrets-${worker}.json`);
    const names = Object.keys(missing);
    try {
      if (names.length > 0) await writePrivate(file, missing);
      const secrets = names.length > 0 ? ["--secrets-file", file] : [];
      const printed = await mustRun(wrangler, ["deploy", ...at(worker), ...secrets]);
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

async function requireLogin(wrangler: Wrangler): Promise<void> {
  const args = ["whoami", "--json"];
  const answer = await wrangler(args);
  if (answer.status === 0) return;
  if (!/"loggedIn":\s*false/.test(answer.stdout)) throw new WranglerError(args, answer);
  throw new Error(
    "You are not logged in to Cloudflare. Run: npx wrangler login (or set CLOUDFLARE_API_TOKEN)",
  );
}

/** The speech API's key, when it is not set and not in the environment: before anything has been created. */
async function askForMissing(
  { env, ask = null }: DeployOptions,
  set: string[] | null,
): Promise<Record<string, string>> {
  const name = "TOGETHER_API_KEY";
  if (set?.includes(name) || env[name]) return {};
  const value = ask ? (await ask(name)).trim() : "";
  if (value !== "") return { [name]: value };
  throw new SecretNeededError(
    `${name} is not set (https://api.together.ai/settings/api-keys has yours). Run: ${name}=… npm run deploy`,
  );
}

function notEmpty(env: NodeJS.Dict<string>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}

async function writePrivate(path: string, secrets: Record<string, string>): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, JSON.stringify(secrets), { mode: 0o600 });
}
