import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type DeployOptions, deploy } from "./deploy.ts";
import { COMMITTED_CONFIG, readProject } from "./project.ts";
import { settingNames } from "./settings.ts";
import { createFakeCloudflare, type FakeCloudflare } from "./testing/fake-cloudflare.ts";

const NAMES = ["diarist-ingest", "diarist-transcribe", "diarist-notify"];
const INGEST_URL = "https://diarist-ingest.acme.workers.dev";

let account: FakeCloudflare;
let folder: string;
let said: string[];

beforeEach(async () => {
  account = createFakeCloudflare();
  folder = await mkdtemp(join(tmpdir(), "diarist-deploy-"));
  said = [];
});
afterEach(() => rm(folder, { recursive: true }));

function run(options: Partial<DeployOptions> = {}) {
  return deploy({
    wrangler: account.wrangler,
    env: { TOGETHER_API_KEY: "together-key" },
    say: (line) => said.push(line),
    confirm: async () => true,
    folder,
    ...options,
  });
}

function deployments(): string[] {
  return account.commands
    .filter((line) => line.startsWith("deploy "))
    .map((line) => /--env (\w+)/.exec(line)?.[1] ?? "");
}

function secret(worker: string, name: string): string | undefined {
  return account.workers.get(worker)?.secrets[name];
}

test("the first run creates the bucket, the database and the four queues", async () => {
  await run();
  expect(account.buckets).toContain("diarist");
  expect(account.databases.map(({ name }) => name)).toContain("diarist");
  expect(account.queues).toEqual(
    expect.arrayContaining([
      "diarist-transcribe",
      "diarist-transcribe-dlq",
      "diarist-notify",
      "diarist-notify-dlq",
    ]),
  );
  expect(account.migrations).toEqual(["0001_initial.sql"]);
});

test("all three Workers get the same signing key, and each secret only where it belongs", async () => {
  await run();
  const keys = NAMES.map((name) => secret(name, "SIGNING_KEY"));
  expect(new Set(keys).size).toBe(1);
  expect(Buffer.from(keys[0] ?? "", "base64url")).toHaveLength(32);
  expect(secret("diarist-transcribe", "TOGETHER_API_KEY")).toBe("together-key");
  expect(secret("diarist-ingest", "TOGETHER_API_KEY")).toBeUndefined();
  expect(secret("diarist-notify", "OPERATOR_KEY")).toBeUndefined();
});

test("the address comes from the first deployment of ingest, then all are deployed with it in order", async () => {
  const { baseUrl } = await run();
  expect(baseUrl).toBe(INGEST_URL);
  expect(deployments()).toEqual(["ingest", "notify", "transcribe", "ingest"]);
  for (const name of NAMES) expect(account.workers.get(name)?.vars["PUBLIC_BASE_URL"]).toBe(INGEST_URL);
});

test("an address that was given is used, and nothing is deployed twice", async () => {
  await run({ baseUrl: "https://speech.acme.com/" });
  expect(deployments()).toEqual(["notify", "transcribe", "ingest"]);
  expect(account.workers.get("diarist-notify")?.vars["PUBLIC_BASE_URL"]).toBe("https://speech.acme.com");
});

test("an address that is not https is refused before anything is done", async () => {
  await expect(run({ baseUrl: "http://speech.acme.com" })).rejects.toThrow(/https address/);
  expect(account.commands).toEqual([]);
});

test("the operator's key is given once", async () => {
  const { operatorKey } = await run();
  expect(operatorKey).toBe(secret("diarist-ingest", "OPERATOR_KEY"));
  expect((await run()).operatorKey).toBeNull();
});

test("the signing key is given once, for nobody else can keep it", async () => {
  const { signingKey } = await run();
  expect(signingKey).toBe(secret("diarist-notify", "SIGNING_KEY"));
  expect((await run()).signingKey).toBeNull();
});

test("a second run creates nothing, changes no secret and keeps the address", async () => {
  await run({ baseUrl: "https://speech.acme.com" });
  const before = structuredClone(
    [...account.workers].map(([name, { secrets, vars }]) => ({ name, secrets, vars })),
  );
  const ran = account.commands.length;
  await run({ env: { TOGETHER_API_KEY: "another-key" } });
  expect([...account.workers].map(([name, { secrets, vars }]) => ({ name, secrets, vars }))).toEqual(before);
  const second = account.commands.slice(ran);
  expect(second.filter((line) => / create |secrets-file/.test(line))).toEqual([]);
  expect(deployments().slice(-3)).toEqual(["notify", "transcribe", "ingest"]);
});

test("without the speech API's key nothing is created, and the message has the command", async () => {
  await expect(run({ env: {} })).rejects.toThrow("TOGETHER_API_KEY=… npm run deploy");
  expect(account.commands.filter((line) => /create|deploy /.test(line))).toEqual([]);
});

test("the speech API's key is asked for when somebody is there to answer", async () => {
  await run({ env: {}, ask: async (name) => `${name} typed ` });
  expect(secret("diarist-transcribe", "TOGETHER_API_KEY")).toBe("TOGETHER_API_KEY typed");
});

test("without a login it says how to log in", async () => {
  account.loggedIn = false;
  await expect(run()).rejects.toThrow("npx wrangler login");
});

test.for(["deploy --config", "d1 migrations", "queues create diarist-notify-dlq", "d1 create"])(
  "a run that broke at %s is finished by the next with the same keys",
  async (start) => {
    account.breakOnce(start);
    await expect(run()).rejects.toThrow("code: 10013");
    const { operatorKey, signingKey } = await run();
    expect(operatorKey).toBe(secret("diarist-ingest", "OPERATOR_KEY"));
    expect(signingKey).toBe(secret("diarist-ingest", "SIGNING_KEY"));
    expect(new Set(NAMES.map((name) => secret(name, "SIGNING_KEY"))).size).toBe(1);
  },
);

test("a run that broke between two Workers sets the signing key it had made in the others too", async () => {
  let deployed = 0;
  const breaking: DeployOptions["wrangler"] = (args) => {
    if (args[0] === "deploy" && ++deployed === 3) account.breakOnce("deploy");
    return account.wrangler(args);
  };
  await expect(run({ wrangler: breaking })).rejects.toThrow("code: 10013");
  const [made] = NAMES.map((name) => secret(name, "SIGNING_KEY"));
  const { operatorKey } = await run();
  expect(NAMES.map((name) => secret(name, "SIGNING_KEY"))).toEqual([made, made, made]);
  expect(operatorKey).toBe(secret("diarist-ingest", "OPERATOR_KEY"));
});

test("a signing key that is set in one Worker only is never guessed: the message says what to do", async () => {
  account.workers.set("diarist-notify", { secrets: { SIGNING_KEY: "old" }, vars: {}, deployments: 1 });
  await expect(run()).rejects.toThrow(
    /SIGNING_KEY=… npm run deploy[\s\S]*wrangler secret delete SIGNING_KEY/,
  );
  expect(secret("diarist-notify", "SIGNING_KEY")).toBe("old");

  const key = "k".repeat(43);
  await run({ env: { TOGETHER_API_KEY: "t", SIGNING_KEY: key } });
  expect(secret("diarist-ingest", "SIGNING_KEY")).toBe(key);
  expect(secret("diarist-notify", "SIGNING_KEY")).toBe("old");
});

test("a short signing key is refused", async () => {
  await expect(run({ env: { TOGETHER_API_KEY: "t", SIGNING_KEY: "short" } })).rejects.toThrow(/at least 32/);
});

test("no secret is on a command line, and no file with one is left", async () => {
  await run();
  const secrets = [...account.workers.values()].flatMap((worker) => Object.values(worker.secrets));
  const lines = account.commands.join("\n");
  expect(secrets.filter((value) => lines.includes(value))).toEqual([]);
  expect(readdirSync(folder)).toEqual(["wrangler.json"]);
  expect(
    secrets.filter((value) => readFileSync(join(folder, "wrangler.json"), "utf8").includes(value)),
  ).toEqual([]);
});

test("what an unfinished run keeps can be read by its owner alone", async () => {
  account.breakOnce("d1 create");
  await expect(run()).rejects.toThrow();
  expect((await stat(join(folder, "unfinished.json"))).mode & 0o777).toBe(0o600);
});

test("the generated configuration has the database's real id, and wrangler.toml stays as it is", async () => {
  const before = readFileSync(COMMITTED_CONFIG, "utf8");
  await run();
  const written = readFileSync(join(folder, "wrangler.json"), "utf8");
  expect(written.match(/"database_id": "[^"]+"/g)).toEqual(
    Array(3).fill('"database_id": "22222222-0000-4000-8000-000000000000"'),
  );
  expect(readFileSync(COMMITTED_CONFIG, "utf8")).toBe(before);
});

test("settings in the environment go along, but never the one that opens loopback", async () => {
  await run({
    env: {
      TOGETHER_API_KEY: "t",
      TOGETHER_BASE_URL: "https://speech.test/v1",
      ALLOW_LOCAL_DESTINATIONS: "1",
    },
  });
  expect(account.workers.get("diarist-transcribe")?.vars).toMatchObject({
    TOGETHER_BASE_URL: "https://speech.test/v1",
    ALLOW_LOCAL_DESTINATIONS: "",
  });
});

test("as many consumers are deployed as calls to the speech API may run at once", async () => {
  const concurrency = () =>
    /"queue": "diarist-transcribe",[^}]*"max_concurrency": (\d+)/.exec(
      readFileSync(join(folder, "wrangler.json"), "utf8"),
    )?.[1];
  await run();
  expect(concurrency()).toBe("10");
  await run({ env: { TOGETHER_API_KEY: "t", UPSTREAM_CONCURRENCY: "40" } });
  expect(concurrency()).toBe("40");
});

test.for([
  ["UPSTREAM_CONCURRENCY", "0"],
  ["UPSTREAM_CONCURRENCY", "251"],
  ["UPSTREAM_CONCURRENCY", "many"],
  ["PART_MINUTES", "0.05"],
  ["PART_MINUTES", "121"],
  ["UPSTREAM_PRICE_PER_HOUR", "much"],
] as const)("a %s of %s is refused, and no Worker is deployed", async ([name, value]) => {
  await expect(run({ env: { TOGETHER_API_KEY: "t", [name]: value } })).rejects.toThrow(
    `${name} must be a number from`,
  );
  expect(deployments()).toEqual([]);
});

test("a stand-in that hears no words is never deployed", async () => {
  await expect(run({ env: { TOGETHER_API_KEY: "t", SPEECH_API: "stand-in" } })).rejects.toThrow(
    "for npm start alone",
  );
  expect(deployments()).toEqual([]);
});

describe("a server with OpenAI's routes", () => {
  const groq = {
    SPEECH_API: "openai",
    SPEECH_BASE_URL: "https://api.groq.com/openai/v1",
    SPEECH_MODEL: "whisper-large-v3",
  };

  test("needs no key of Together's, and is given its own", async () => {
    await run({ env: { ...groq, SPEECH_API_KEY: "groq-key" } });
    expect(account.workers.get("diarist-transcribe")).toMatchObject({
      vars: groq,
      secrets: { SPEECH_API_KEY: "groq-key" },
    });
    expect(account.workers.get("diarist-transcribe")?.secrets).not.toHaveProperty("TOGETHER_API_KEY");
  });

  test("without an address or a model is refused before anything is made", async () => {
    await expect(run({ env: { SPEECH_API: "openai" } })).rejects.toThrow("SPEECH_BASE_URL and SPEECH_MODEL");
    expect(deployments()).toEqual([]);
  });
});

test("an account without workers.dev is asked for the address", async () => {
  account.workersDev = false;
  await expect(run()).rejects.toThrow("--url https://");
});

test("a bucket that the list does not show but that exists is no error", async () => {
  const wrangler: DeployOptions["wrangler"] = async (args) => {
    if (args.join(" ").startsWith("r2 bucket create")) {
      const stderr = "The bucket you tried to create already exists, and you own it. [code: 10004]";
      return { status: 1, stdout: "", stderr };
    }
    return account.wrangler(args);
  };
  await run({ wrangler });
  expect(said).toContain("R2 bucket diarist: is there");
});

/** Of every Worker, as the account has them. */
function settings() {
  return structuredClone(
    [...account.workers].map(([name, { vars, crons, consumers }]) => ({ name, vars, crons, consumers })),
  );
}

const EVERY_SETTING = {
  MEDIA_BASE_URL: "https://media.acme.com",
  R2_ACCOUNT_ID: "r2-account",
  R2_ACCESS_KEY_ID: "r2-key",
  R2_BUCKET_NAME: "recordings",
  UPSTREAM_PRICE_PER_HOUR: "0.09",
  SLACK_CLIENT_ID: "123.456",
  SLACK_API_URL: "https://slack.test/api/",
  SPEECH_API: "together",
  SPEECH_BASE_URL: "https://speech.acme.test/v1",
  SPEECH_MODEL: "whisper-1",
  SPEECH_MAX_BYTES: "20000000",
  SPEECH_TAKES_URL: "1",
  TOGETHER_BASE_URL: "https://eu.speech.test/v1",
  DIRECT_UPLOAD_MAX_BYTES: "1000000",
  PART_MINUTES: "10",
  UPSTREAM_CONCURRENCY: "40",
  PUBLIC_BASE_URL: "https://speech.acme.com",
};
const FIRST = { TOGETHER_API_KEY: "together-key", ...EVERY_SETTING };

test("a second run from a bare shell leaves every setting as it is, the queue's concurrency too", async () => {
  await run({ env: FIRST });
  const before = settings();
  for (const [name, value] of Object.entries(EVERY_SETTING)) {
    expect([...account.workers.values()].map(({ vars }) => vars[name])).toContain(value);
  }
  expect(account.workers.get("diarist-transcribe")?.consumers?.["diarist-transcribe"]).toMatchObject({
    max_concurrency: 40,
  });
  said.length = 0;
  await run({ env: {} });
  expect(settings()).toEqual(before);
  expect(said[0]).toContain("Nothing to change in the account");
});

test("every setting of wrangler.toml is among those that stay", () => {
  expect(Object.keys(EVERY_SETTING).toSorted()).toEqual(settingNames(readProject()).toSorted());
});

test("a setting that was changed in the dashboard stays, and one that wrangler.toml does not know too", async () => {
  await run();
  const vars = account.workers.get("diarist-transcribe")?.vars ?? {};
  Object.assign(vars, { PART_MINUTES: "30", MEDIA_BASE_URL: "https://media.acme.com", OUR_OWN: "1" });
  const before = settings();
  await run({ env: {} });
  expect(settings()).toEqual(before);
});

test("a setting that the account has as a secret stays one", async () => {
  await run();
  const transcribe = account.workers.get("diarist-transcribe");
  delete transcribe?.vars["TOGETHER_BASE_URL"];
  Object.assign(transcribe?.secrets ?? {}, { TOGETHER_BASE_URL: "https://secret.test/v1" });
  await run({ env: {} });
  expect(secret("diarist-transcribe", "TOGETHER_BASE_URL")).toBe("https://secret.test/v1");
  await expect(run({ env: { TOGETHER_BASE_URL: "https://other.test/v1" } })).rejects.toThrow(
    "npx wrangler secret delete TOGETHER_BASE_URL --name diarist-transcribe",
  );
});

test("what changes is said before anything is done: settings, the queue, secrets, migrations", async () => {
  await run({ env: FIRST });
  account.migrations = [];
  const ran = account.commands.length;
  said.length = 0;
  const env = { UPSTREAM_CONCURRENCY: "80", MEDIA_BASE_URL: "https://m.acme.com", SLACK_SIGNING_SECRET: "s" };
  const confirm = async () => {
    expect(account.commands.slice(ran).filter(isChange)).toEqual([]);
    return false;
  };
  await expect(run({ env, unset: ["PART_MINUTES"], confirm })).rejects.toThrow("Nothing was changed.");
  expect(said).toEqual([
    "This will change in the account; then the code of the three Workers is deployed:",
    "  D1 database diarist: apply migration 0001_initial.sql",
    "  secret SLACK_SIGNING_SECRET: set (diarist-ingest)",
    "  setting MEDIA_BASE_URL: https://media.acme.com -> https://m.acme.com (diarist-notify, diarist-transcribe, diarist-ingest)",
    "  setting PART_MINUTES: 10 -> (not set) (diarist-transcribe)",
    "  setting UPSTREAM_CONCURRENCY: 40 -> 80 (diarist-transcribe)",
    "  queue diarist-transcribe: max_concurrency 40 -> 80",
  ]);
  expect(account.commands.slice(ran).filter(isChange)).toEqual([]);
});

function isChange(command: string): boolean {
  return /^deploy |create|apply|secret put/.test(command);
}

test("the first run says what it will create, and creates nothing when the answer is no", async () => {
  await expect(run({ confirm: async () => false })).rejects.toThrow("Nothing was changed.");
  expect(said).toEqual(
    expect.arrayContaining([
      "  R2 bucket diarist: create",
      "  D1 database diarist: create",
      "  queue diarist-slack-dlq: create",
      "  D1 database diarist: apply migration 0001_initial.sql",
      "  Worker diarist-ingest: create",
      "  secret OPERATOR_KEY: make and set (diarist-ingest)",
      "  setting PUBLIC_BASE_URL: (not set) -> what diarist-ingest gets on workers.dev",
    ]),
  );
  expect(account.commands.filter(isChange)).toEqual([]);
  expect(readdirSync(folder)).toEqual(["wrangler.json"]);
});

test("where nobody can be asked it changes nothing, and says how to go on", async () => {
  await expect(run({ confirm: null })).rejects.toThrow("npm run deploy -- --yes");
  expect(account.commands.filter(isChange)).toEqual([]);
});

test("a secret in the environment that is set already stays, and the line says how to change it", async () => {
  await run();
  said.length = 0;
  await run({ env: { TOGETHER_API_KEY: "another" } });
  expect(said[0]).toContain("npx wrangler secret put TOGETHER_API_KEY --env transcribe");
});

test("a setting goes back to its default when it is asked for, not when the shell has it empty", async () => {
  await run({ env: FIRST });
  const read = () => account.workers.get("diarist-transcribe")?.vars;
  await run({ env: { PART_MINUTES: "", TOGETHER_BASE_URL: "" } });
  expect(read()).toMatchObject({ PART_MINUTES: "10", TOGETHER_BASE_URL: "https://eu.speech.test/v1" });
  await run({ env: {}, unset: ["PART_MINUTES", "TOGETHER_BASE_URL"] });
  expect(read()).toMatchObject({ PART_MINUTES: "", TOGETHER_BASE_URL: "https://api.together.ai/v1" });
});

test.for([
  [{}, "PART_MINUTE", "the settings are"],
  [{}, "SIGNING_KEY", "the settings are"],
  [{ PART_MINUTES: "10" }, "PART_MINUTES", "is in the environment"],
] as const)("with %o, --unset %s is refused", async ([env, name, message]) => {
  await expect(run({ env: { TOGETHER_API_KEY: "t", ...env }, unset: [name] })).rejects.toThrow(message);
  expect(account.commands.filter(isChange)).toEqual([]);
});

test("the settings of a run that broke are those of the next, wherever it broke", async () => {
  let deployed = 0;
  const breaking: DeployOptions["wrangler"] = (args) => {
    if (args[0] === "deploy" && ++deployed === 2) account.breakOnce("deploy");
    return account.wrangler(args);
  };
  await expect(run({ env: FIRST, wrangler: breaking })).rejects.toThrow("code: 10013");
  await run();
  expect(account.workers.get("diarist-transcribe")?.vars).toMatchObject({
    TOGETHER_BASE_URL: "https://eu.speech.test/v1",
    PART_MINUTES: "10",
  });
  expect(account.workers.get("diarist-ingest")?.vars).toMatchObject({ SLACK_CLIENT_ID: "123.456" });
});

test("the page is built for the host of the recordings that the account has", async () => {
  const built: string[] = [];
  const build = async (mediaBaseUrl: string) => void built.push(mediaBaseUrl);
  await run({ env: FIRST, build });
  await run({ env: {}, build });
  expect(built).toEqual(["https://media.acme.com", "https://media.acme.com"]);
});
