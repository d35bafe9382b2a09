// A Cloudflare account for tests: answers wrangler's commands in wrangler 4.156's own words, and remembers them.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../root.ts";
import type { CommandResult, Wrangler } from "../wrangler.ts";

type Worker = {
  secrets: Record<string, string>;
  vars: Record<string, string>;
  deployments: number;
  crons?: string[];
  /** As they are set at this Worker's consumers, by queue. */
  consumers?: Record<string, Record<string, unknown>>;
};

export type FakeCloudflare = {
  wrangler: Wrangler;
  /** Every command that was run, as one line. */
  commands: string[];
  buckets: string[];
  databases: { name: string; uuid: string }[];
  queues: string[];
  workers: Map<string, Worker>;
  /** The migrations that the database has seen. */
  migrations: string[];
  loggedIn: boolean;
  /** Whether workers.dev is on for the account. */
  workersDev: boolean;
  /** Breaks the first command that starts so, once. */
  breakOnce(start: string): void;
};

export function createFakeCloudflare(): FakeCloudflare {
  const breaks: string[] = [];
  const fake: FakeCloudflare = {
    commands: [],
    buckets: ["someone-elses"],
    databases: [{ name: "other", uuid: "11111111-0000-4000-8000-000000000000" }],
    queues: ["other-queue"],
    workers: new Map(),
    migrations: [],
    loggedIn: true,
    workersDev: true,
    breakOnce: (start) => void breaks.push(start),
    async wrangler(args) {
      const command = args.join(" ");
      fake.commands.push(command);
      const broken = breaks.findIndex((start) => command.startsWith(start));
      if (broken >= 0) {
        breaks.splice(broken, 1);
        return fail("A request to the Cloudflare API failed.\n  internal error [code: 10013]");
      }
      return answer(fake, args);
    },
  };
  return fake;
}

function answer(fake: FakeCloudflare, args: string[]): CommandResult {
  const [first = "", second = "", third = "", fourth = ""] = args;
  switch (first) {
    case "whoami":
      return { ...say(JSON.stringify({ loggedIn: fake.loggedIn }, null, 2)), status: fake.loggedIn ? 0 : 1 };
    case "r2":
      if (third === "list") return say(`Listing buckets...\n${fake.buckets.map(showBucket).join("\n\n")}`);
      fake.buckets.push(fourth);
      return say(
        `Creating bucket '${fourth}'...\n✅ Created bucket '${fourth}' with default storage class of Standard.`,
      );
    case "d1":
      return answerD1(fake, second, third);
    case "queues":
      if (second === "info") {
        return fake.queues.includes(third)
          ? say(`Queue Name: ${third}\nQueue ID: 5f1c\nNumber of Producers: 1`)
          : fail(
              `✘ [ERROR] Queue "${third}" does not exist. To create it, run: wrangler queues create ${third}`,
            );
      }
      fake.queues.push(third);
      return say(`🌀 Creating queue '${third}'\n✅ Created queue '${third}'`);
    case "secret":
      return answerSecrets(fake, optionOf(args, "--name"));
    case "deployments":
      if (!fake.workers.get(optionOf(args, "--name"))?.deployments) {
        return fail(`✘ [ERROR] The Worker ${optionOf(args, "--name")} has no deployments.`);
      }
      return say(
        JSON.stringify({ id: "d", versions: [{ version_id: optionOf(args, "--name"), percentage: 100 }] }),
      );
    case "versions":
      return answerVersion(fake, third);
    case "deploy":
      return answerDeploy(fake, args);
    default:
      return fail(`✘ [ERROR] Unknown argument: ${first}`);
  }
}

function answerD1(fake: FakeCloudflare, command: string, name: string): CommandResult {
  if (command === "list") return say(JSON.stringify(fake.databases, null, 2));
  if (command === "migrations") {
    const files = readdirSync(join(ROOT, "migrations")).filter((file) => !fake.migrations.includes(file));
    if (files.length === 0) return say("✅ No migrations to apply!");
    if (name === "apply") fake.migrations.push(...files);
    return say(`Migrations to be applied:\n${files.map((file) => `│ ${file} │`).join("\n")}`);
  }
  fake.databases.push({ name, uuid: "22222222-0000-4000-8000-000000000000" });
  return say(`✅ Successfully created DB '${name}' in region WEUR\nCreated your new D1 database.`);
}

function answerSecrets(fake: FakeCloudflare, name: string): CommandResult {
  const worker = fake.workers.get(name);
  if (!worker) {
    return fail(
      `✘ [ERROR] Worker "${name}" not found.\n\nIf this is a new Worker, run \`wrangler deploy\` first.`,
    );
  }
  return say(JSON.stringify(Object.keys(worker.secrets).map((key) => ({ name: key, type: "secret_text" }))));
}

function answerVersion(fake: FakeCloudflare, name: string): CommandResult {
  const vars = Object.entries(fake.workers.get(name)?.vars ?? {});
  const bindings = vars.map(([key, text]) => ({ name: key, type: "plain_text", text }));
  return say(
    JSON.stringify({ id: name, resources: { bindings: [...bindings, { name: "DB", type: "d1" }] } }),
  );
}

type Config = {
  keep_vars: boolean;
  env: Record<
    string,
    {
      name: string;
      vars: Record<string, string>;
      secrets: { required: string[] };
      triggers?: { crons?: string[] };
      queues?: { consumers?: ({ queue: string } & Record<string, unknown>)[] };
    }
  >;
};

function answerDeploy(fake: FakeCloudflare, args: string[]): CommandResult {
  const config = JSON.parse(readFileSync(optionOf(args, "--config"), "utf8")) as Config;
  const section = config.env[optionOf(args, "--env")];
  if (!section) return fail("✘ [ERROR] No environment found in configuration");
  const known = fake.workers.get(section.name);
  const given = args.includes("--secrets-file") ? readSecrets(optionOf(args, "--secrets-file")) : {};
  const secrets = { ...known?.secrets, ...given };
  const missing = section.secrets.required.filter((name) => !secrets[name]);
  if (missing.length > 0) {
    return fail(`✘ [ERROR] The following required secrets have not been set: ${missing.join(", ")}`);
  }
  const deployments = (known?.deployments ?? 0) + 1;
  const vars = { ...(config.keep_vars ? known?.vars : {}), ...section.vars };
  const taken = Object.keys(section.vars).filter((name) => name in secrets);
  if (taken.length > 0) return fail(`✘ [ERROR] Binding name '${taken[0]}' already in use. [code: 10053]`);
  const consumers = Object.fromEntries(
    (section.queues?.consumers ?? []).map(({ queue, ...settings }) => [queue, settings]),
  );
  const crons = section.triggers?.crons ?? [];
  fake.workers.set(section.name, { secrets, vars, deployments, crons, consumers });
  const url = fake.workersDev ? `\n  https://${section.name}.acme.workers.dev` : "";
  return say(
    `Total Upload: 25.18 KiB / gzip: 8.19 KiB\nUploaded ${section.name} (3.1 sec)\n` +
      `Deployed ${section.name} triggers (0.5 sec)${url}\n  schedule: * * * * *\nCurrent Version ID: 7a1b`,
  );
}

function readSecrets(path: string): Record<string, string> {
  return JSON.parse(readFileSync(path, "utf8"));
}

function showBucket(name: string): string {
  return `name:           ${name}\ncreation_date:  2026-11-01T10:00:00.000Z`;
}

function optionOf(args: string[], option: string): string {
  return args[args.indexOf(option) + 1] ?? "";
}

function say(stdout: string): CommandResult {
  return { status: 0, stdout: `${stdout}\n`, stderr: "" };
}

function fail(stderr: string): CommandResult {
  return { status: 1, stdout: "", stderr: `${stderr}\n` };
}
