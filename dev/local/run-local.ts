import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { readPartMinutes, readSpeechApi } from "../../shared/settings.ts";
import type { SpeechApi } from "../../shared/speech/provider.ts";
import { readUpstream } from "../../shared/speech/upstream-config.ts";
import { resumeAfterRestart } from "../../shared/storage/resume.ts";
import type { Engine } from "../engine/engine.ts";
import { ROOT } from "../root.ts";
import { createSlackStandIn, type SlackStandIn, type SlackStandInOptions } from "../slack/server.ts";
import { openEngine } from "../speech-server/open-engine.ts";
import { recogniseWithEngine } from "../speech-server/recognise-with-engine.ts";
import { createTogetherStandIn } from "../together/server.ts";
import { TOGETHER_URL } from "./describe-speech.ts";
import { freePort } from "./free-port.ts";
import { type LocalStack, type LocalStackOptions, startLocalStack } from "./local-stack.ts";
import { prepareDatabase } from "./prepare-database.ts";
import { seedTenant } from "./seed-tenant.ts";
import { tightenWorkerdMemory } from "./workerd-memory.ts";

const DEV_VARS = join(ROOT, ".dev.vars");
/** Exists under `npm start` and in tests only; a deployment has no default key. */
const DEV_OPERATOR_KEY = "dev-operator-key";
/** A deployment's cron runs each minute; here delayed messages die with the process, so the sweep comes more often. */
const SWEEP_EVERY_MS = 10_000;

export type LocalDiarist = {
  stack: LocalStack;
  /** Where to reach the API, without a trailing slash. */
  url: string;
  /** The speech API that hears what is sent. */
  speech: { api: SpeechApi; url: URL; model: string | null };
  /** The stand-in of the speech API, if it is ours; with the local engine it hears real speech too. */
  standIn: URL | null;
  /** Why there is no local engine, and what to do, where there could be one. */
  engineProblem: string | null;
  /** The stand-in of Slack, if asked for. */
  slack: (SlackStandIn & { url: URL }) | null;
  close(): Promise<void>;
};

export type LocalOptions = {
  /** The API's port; the stand-ins of the speech API and of Slack take the next two. Left out: any free ports. */
  port?: number;
  /** A stand-in of Slack, with these options. */
  slack?: SlackStandInOptions;
  /** Where D1, R2 and the signing key are kept; in memory when left out. */
  statePath?: string;
  /** Settings that win over the environment and .dev.vars. */
  vars?: Record<string, string>;
  /**
   * How a restart finds what was under way: by giving back all claims at once, since this runtime's Workers are dead and
   * its queues empty (`local`, the default), or as a deployment does, when leases have run out (`deployed`).
   */
  recovery?: "local" | "deployed";
  /** Whether models that lie here are used without being asked for; SPEECH_API=local asks. */
  usesModels?: boolean;
  /** Answers what is asked under `/dev/` beside the sweep. */
  answerDev?: LocalStackOptions["answerDev"];
  onLog?: (line: string) => void;
} & Pick<LocalStackOptions, "entries" | "inspect" | "prepared">;

/** Diarist on this machine: all three Workers, the stand-in of the speech API, a tenant with a key, the sweeps. */
export async function runLocal(options: LocalOptions): Promise<LocalDiarist> {
  const settings = { ...(await readDevVars()), ...process.env, ...options.vars };
  const port = options.port ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const chosen = chooseSpeechApi(settings, options.usesModels ?? false);
  const { engine, problem: engineProblem } =
    chosen === "local" ? await openLocalEngine(settings, options.vars) : NO_ENGINE;
  const api = chosen === "local" && !engine ? "stand-in" : chosen;
  const isOurs = api === "local" || (api === "stand-in" && !isElsewhere(settings));
  const standIn = isOurs ? createSpeechServer(engine) : null;
  const standInUrl = (await standIn?.listen(options.port ? port + 1 : 0)) ?? null;
  const slack = options.slack ? await startSlack(options.slack, url, options.port ? port + 2 : 0) : null;

  const vars: Record<string, string> = {
    PUBLIC_BASE_URL: url,
    SIGNING_KEY: await readSigningKey(options.statePath),
    OPERATOR_KEY: DEV_OPERATOR_KEY,
    ALLOW_LOCAL_DESTINATIONS: "1",
    TOGETHER_BASE_URL: TOGETHER_URL,
    ...(api === "stand-in" || api === "local" ? { TOGETHER_API_KEY: api } : {}),
    // It hears one recording at a time.
    ...(engine ? { UPSTREAM_CONCURRENCY: "1" } : {}),
  };
  for (const name of SETTINGS) if (settings[name]) vars[name] = settings[name];
  if (engine) vars["SPEECH_MODEL"] = engine.model;
  vars["SPEECH_API"] = api;
  if (standInUrl) vars["TOGETHER_BASE_URL"] = new URL("/v1", standInUrl).href;
  if (slack) Object.assign(vars, settingsOf(slack)); // asked for by name: it wins over a real app's settings
  // Said now rather than by each job.
  readPartMinutes(vars["PART_MINUTES"]);
  const upstream = readUpstream(vars as Parameters<typeof readUpstream>[0]); // it says what is missing

  tightenWorkerdMemory();
  const isDeployed = options.recovery === "deployed";
  const prepare = async (db: D1Database) => {
    await seedTenant(db, vars["SIGNING_KEY"] ?? "");
    if (!isDeployed) await resumeAfterRestart(db);
  };
  // Where claims are given back, that is done before a Worker can look at them.
  if (options.statePath !== undefined && !isDeployed) await prepareDatabase(options.statePath, prepare);
  const stack = await startLocalStack({
    vars,
    port,
    ...(options.statePath ? { statePath: options.statePath } : {}),
    ...(options.onLog ? { onLog: options.onLog } : {}),
    ...(options.answerDev ? { answerDev: options.answerDev } : {}),
    ...(options.entries ? { entries: options.entries } : {}),
    ...(options.inspect ? { inspect: true } : {}),
    ...(options.prepared ? { prepared: options.prepared } : {}),
  });
  if (options.statePath === undefined || isDeployed) await prepare(stack.db);
  const swept = stack.sweep();
  if (isDeployed)
    swept.catch(() => undefined); // it waits where leases have run out
  else await swept;
  const timer = setInterval(() => void stack.sweep().catch(() => undefined), SWEEP_EVERY_MS);

  return {
    stack,
    url,
    speech: { api, url: new URL(upstream.baseUrl), model: upstream.model },
    standIn: standInUrl,
    engineProblem,
    slack,
    async close() {
      clearInterval(timer);
      await stack.close();
      await standIn?.close();
      await engine?.close();
      await slack?.close();
    },
  };
}

/** Which speech API it is: that of this machine, unless something else is set up. */
function chooseSpeechApi(settings: NodeJS.Dict<string>, usesModels: boolean): SpeechApi {
  const { SPEECH_API: asked, TOGETHER_API_KEY: key, TOGETHER_BASE_URL: url } = settings;
  if (asked || key || url) return readSpeechApi(asked);
  return usesModels ? "local" : "stand-in";
}

const NO_ENGINE = { engine: null, problem: null };

function openLocalEngine({ SPEECH_API, SPEECH_MODEL }: NodeJS.Dict<string>, vars: LocalOptions["vars"]) {
  const wanted = SPEECH_API === "local" ? SPEECH_MODEL : undefined; // else it is another server's
  return openEngine({ wanted, environment: { ...process.env, ...vars }, onLog: console.error });
}

/** Somebody else's stand-in, asked for by name. */
function isElsewhere(settings: NodeJS.Dict<string>): boolean {
  return settings["SPEECH_API"] === "stand-in" && Boolean(settings["TOGETHER_BASE_URL"]);
}

function createSpeechServer(engine: Engine | null) {
  if (!engine) return createTogetherStandIn({});
  return createTogetherStandIn({
    recognise: recogniseWithEngine(engine),
    maxParallel: Number.POSITIVE_INFINITY,
    engineModel: engine.model,
  });
}

async function startSlack(options: SlackStandInOptions, appUrl: string, port: number) {
  const standIn = createSlackStandIn({ ...options, settings: { app_url: appUrl, ...options.settings } });
  return { ...standIn, url: await standIn.listen(port) };
}

function settingsOf({ app, url }: SlackStandIn & { url: URL }): Record<string, string> {
  return {
    SLACK_CLIENT_ID: app.client_id,
    SLACK_CLIENT_SECRET: app.client_secret,
    SLACK_SIGNING_SECRET: app.signing_secret,
    SLACK_API_URL: new URL("api/", url).href,
  };
}

/** What may come from the environment or .dev.vars; docs/operations.md explains each. */
const SETTINGS = [
  "SPEECH_API",
  "SPEECH_BASE_URL",
  "SPEECH_API_KEY",
  "SPEECH_MODEL",
  "SPEECH_MAX_BYTES",
  "SPEECH_TAKES_URL",
  "TOGETHER_API_KEY",
  "TOGETHER_BASE_URL",
  "PUBLIC_BASE_URL",
  "MEDIA_BASE_URL",
  "SIGNING_KEY",
  "SIGNING_KEY_NEXT",
  "OPERATOR_KEY",
  "DIRECT_UPLOAD_MAX_BYTES",
  "PART_MINUTES",
  "UPSTREAM_CONCURRENCY",
  "ALLOW_LOCAL_DESTINATIONS",
  "R2_ACCOUNT_ID",
  "R2_ACCESS_KEY_ID",
  "R2_SECRET_ACCESS_KEY",
  "R2_BUCKET_NAME",
  "UPSTREAM_PRICE_PER_HOUR",
  "SLACK_CLIENT_ID",
  "SLACK_CLIENT_SECRET",
  "SLACK_SIGNING_SECRET",
  "SLACK_API_URL",
];

async function readDevVars(): Promise<NodeJS.Dict<string>> {
  return existsSync(DEV_VARS) ? parseEnv(await readFile(DEV_VARS, "utf8")) : {};
}

/** Made once and kept beside the data that it seals. */
async function readSigningKey(statePath: string | undefined): Promise<string> {
  const fresh = randomBytes(32).toString("base64url");
  if (!statePath) return fresh;
  const file = join(statePath, "signing-key");
  if (existsSync(file)) return readFile(file, "utf8");
  await mkdir(statePath, { recursive: true });
  await writeFile(file, fresh, { mode: 0o600 });
  return fresh;
}
