import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type DeployOptions, deploy } from "./deploy.ts";
import { COMMITTED_CONFIG } from "./project.ts";
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
  expect(account.migrated).toBe(1);
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
    const { operatorKey } = await run();
    expect(operatorKey).toBe(secret("diarist-ingest", "OPERATOR_KEY"));
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
  account.breakOnce("d1 list");
  await expect(run()).rejects.toThrow();
  expect((await stat(join(folder, "unfinished-secrets.json"))).mode & 0o777).toBe(0o600);
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
] as const)("a %s of %s is refused, and no Worker is deployed", async ([name, value]) => {
  await expect(run({ env: { TOGETHER_API_KEY: "t", [name]: value } })).rejects.toThrow(
    `${name} must be a number from`,
  );
  expect(deployments()).toEqual([]);
});

test.for(["stand-in", "openai", "other"])(
  "a SPEECH_API of %s is refused, and no Worker is deployed",
  async (api) => {
    await expect(run({ env: { TOGETHER_API_KEY: "t", SPEECH_API: api } })).rejects.toThrow(/^SPEECH_API/);
    expect(deployments()).toEqual([]);
  },
);

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
