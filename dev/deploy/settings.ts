import {
  readAddress,
  readBodyBytes,
  readPartMinutes,
  readPrice,
  readSpeechApi,
  readSwitch,
  readUpstreamConcurrency,
} from "../../shared/settings.ts";
import { checkBaseUrl } from "./base-url.ts";
import { type Project, WORKERS, type Worker } from "./project.ts";
import { mustRun, type Wrangler, WranglerError } from "./wrangler.ts";

/** What is no secret, by Worker. */
export type Settings = Record<Worker, Record<string, string>>;

/** Only under `npm start`: it lets customers' URLs point at the machine itself. */
const NEVER_DEPLOYED = "ALLOW_LOCAL_DESTINATIONS";

/** Checked here, so that no Worker is deployed with a value that it could not use. */
const CHECKS: Record<string, (value: string) => unknown> = {
  PART_MINUTES: readPartMinutes,
  UPSTREAM_CONCURRENCY: readUpstreamConcurrency,
  UPSTREAM_PRICE_PER_HOUR: readPrice,
  SPEECH_API: checkSpeechApi,
  SPEECH_BASE_URL: (value) => readAddress("SPEECH_BASE_URL", value),
  SPEECH_MAX_BYTES: (value) => readBodyBytes("SPEECH_MAX_BYTES", value, 0),
  SPEECH_TAKES_URL: (value) => readSwitch("SPEECH_TAKES_URL", value),
  DIRECT_UPLOAD_MAX_BYTES: (value) => readBodyBytes("DIRECT_UPLOAD_MAX_BYTES", value, 0),
  MEDIA_BASE_URL: (value) => checkBaseUrl("MEDIA_BASE_URL", value),
};

function checkSpeechApi(value: string): void {
  const api = readSpeechApi(value);
  if (api === "stand-in" || api === "local") throw new Error(`SPEECH_API=${api} is for npm start alone.`);
}

/** What the account has, as far as it concerns settings. `secrets` null: the Worker is not deployed yet. */
type Account = { vars: Settings; secrets: Record<Worker, string[] | null> };

/** What the operator says this time: `given` as a shell has it, and the names that go back to their defaults. */
type Said = { given: Record<string, string>; unset: string[] };

/** The settings that the Workers run with now; none for one that is not deployed. */
export async function readDeployedSettings(
  wrangler: Wrangler,
  project: Project,
  secrets: Account["secrets"],
): Promise<Settings> {
  const settings: Settings = { notify: {}, transcribe: {}, ingest: {} };
  for (const worker of WORKERS) {
    if (secrets[worker]) settings[worker] = await readVars(wrangler, project.names[worker]);
  }
  return settings;
}

async function readVars(wrangler: Wrangler, name: string): Promise<Record<string, string>> {
  const args = ["deployments", "status", "--name", name, "--json"];
  const answer = await wrangler(args);
  if (/has no deployments/.test(answer.stderr + answer.stdout)) return {}; // it was only given secrets
  if (answer.status !== 0) throw new WranglerError(args, answer);
  const { versions } = JSON.parse(answer.stdout) as {
    versions: { version_id: string; percentage: number }[];
  };
  const [most] = versions.toSorted((a, b) => b.percentage - a.percentage);
  if (!most) return {};
  const shown = await mustRun(wrangler, ["versions", "view", most.version_id, "--name", name, "--json"]);
  const { resources } = JSON.parse(shown) as {
    resources: { bindings: { name: string; type: string; text?: string; json?: unknown }[] };
  };
  return Object.fromEntries(
    resources.bindings.flatMap(({ name: setting, type, text, json }) => {
      if (type === "plain_text") return [[setting, text ?? ""]];
      return type === "json" ? [[setting, typeof json === "string" ? json : JSON.stringify(json)]] : [];
    }),
  );
}

/**
 * The settings of the next deployment: what is said now wins, then what the account has, then wrangler.toml. One that
 * the account has as a secret is in none of them, and so it stays.
 *
 * @throws Error for a name that is no setting, or a value that no Worker could use
 */
export function decideSettings(project: Project, account: Account, { given, unset }: Said): Settings {
  checkUnset(project, given, unset);
  for (const [name, check] of Object.entries(CHECKS)) if (given[name]) check(given[name]);
  const decide = (worker: Worker, [name, fallback]: [string, string]): [string, string][] => {
    if (name === NEVER_DEPLOYED) return [[name, ""]];
    if (account.secrets[worker]?.includes(name)) return refuseSecret(project.names[worker], name, given);
    if (unset.includes(name)) return [[name, fallback]];
    const elsewhere = WORKERS.map((other) => account.vars[other][name]).find((value) => value !== undefined);
    return [[name, given[name] || (account.vars[worker][name] ?? elsewhere ?? fallback)]];
  };
  const decided = (worker: Worker) =>
    Object.fromEntries(Object.entries(project.settings[worker]).flatMap((entry) => decide(worker, entry)));
  const settings = {
    notify: decided("notify"),
    transcribe: decided("transcribe"),
    ingest: decided("ingest"),
  };
  checkOpenAi(settings.transcribe);
  return settings;
}

function checkOpenAi(settings: Record<string, string>): void {
  if (settings["SPEECH_API"] !== "openai") return;
  const missing = ["SPEECH_BASE_URL", "SPEECH_MODEL"].filter((name) => !settings[name]);
  if (missing.length === 0) return;
  throw new Error(
    `SPEECH_API=openai needs ${missing.join(" and ")}: docs/operations.md, "Another speech API".`,
  );
}

/** Left out, so that it stays. */
function refuseSecret(worker: string, name: string, given: Record<string, string>): [] {
  if (!given[name]) return [];
  throw new Error(
    `${name} is set as a secret of ${worker}. To set it here: npx wrangler secret delete ${name} --name ${worker}, and run this again.`,
  );
}

function checkUnset(project: Project, given: Record<string, string>, unset: string[]): void {
  const names = settingNames(project);
  for (const name of unset) {
    if (!names.includes(name)) throw new Error(`--unset ${name}: the settings are ${names.join(", ")}.`);
    if (given[name])
      throw new Error(`${name} is in the environment, and --unset ${name} asks for its default.`);
  }
}

/** What the shell may set: each Worker's vars. */
export function settingNames(project: Project): string[] {
  const names = WORKERS.flatMap((worker) => Object.keys(project.settings[worker]));
  return [...new Set(names)].filter((name) => name !== NEVER_DEPLOYED);
}
