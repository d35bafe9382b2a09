/**
 * Deploys twice against the emulated account and prints the settings after each: first from a shell that has some, then
 * from one that has none. `node dev/deploy/testing/deploy-twice.ts`
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deploy } from "../deploy.ts";
import { createFakeCloudflare, type FakeCloudflare } from "./fake-cloudflare.ts";

const FIRST_SHELL = {
  TOGETHER_API_KEY: "together-key",
  TOGETHER_BASE_URL: "https://eu.example.com/v1",
  UPSTREAM_CONCURRENCY: "40",
  PART_MINUTES: "10",
  UPSTREAM_PRICE_PER_HOUR: "0.09",
  MEDIA_BASE_URL: "https://media.example.com",
  SLACK_CLIENT_ID: "123.456",
  R2_ACCOUNT_ID: "account",
  R2_ACCESS_KEY_ID: "access-key",
};

const account = createFakeCloudflare();
const folder = await mkdtemp(join(tmpdir(), "diarist-deploy-"));
try {
  const first = await run("First, with settings in the shell", FIRST_SHELL);
  const second = await run("Again, with none in the shell", {});
  const changed = Object.keys({ ...first, ...second }).filter((name) => first[name] !== second[name]);
  console.log("Setting, after the first and after the second deployment:");
  for (const name of Object.keys(first).toSorted()) {
    console.log(
      `${changed.includes(name) ? "!" : " "} ${name.padEnd(48)} ${first[name]}  |  ${second[name]}`,
    );
  }
  console.log(`\n${changed.length} settings changed by the second deployment.`);
  process.exitCode = changed.length > 0 ? 1 : 0;
} finally {
  await rm(folder, { recursive: true });
}

async function run(title: string, env: Record<string, string>): Promise<Record<string, string>> {
  console.log(`${title}:`);
  await deploy({
    wrangler: account.wrangler,
    env,
    say: (line) => console.log(`  ${line}`),
    confirm: async () => true,
    folder,
  });
  console.log("");
  return settingsOf(account);
}

function settingsOf({ workers }: FakeCloudflare): Record<string, string> {
  const entries = [...workers].flatMap(([worker, { vars, crons = [], consumers = {} }]) => [
    ...Object.entries(vars).map(([name, value]) => [`${worker} ${name}`, JSON.stringify(value)] as const),
    [`${worker} crons`, crons.join(", ")] as const,
    ...Object.entries(consumers).map(
      ([queue, settings]) => [`queue ${queue}`, JSON.stringify(settings)] as const,
    ),
  ]);
  return Object.fromEntries(entries);
}
