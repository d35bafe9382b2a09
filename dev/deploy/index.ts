/**
 * Brings Diarist to a Cloudflare account: `npm run deploy [-- --url https://…] [--unset NAME] [--yes]`;
 * `npm run deploy -- --dry-run` only bundles and measures. What it does, and in which order: deploy/deploy.ts and
 * docs/operations.md.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { buildAssets } from "../bundle/build-assets.ts";
import { ROOT } from "../root.ts";
import { DEPLOY_FOLDER } from "./config.ts";
import { deploy } from "./deploy.ts";
import { dryRun } from "./dry-run.ts";
import { runWrangler } from "./wrangler.ts";

const { values } = parseArgs({
  options: {
    "dry-run": { type: "boolean", default: false },
    url: { type: "string" },
    unset: { type: "string", multiple: true },
    yes: { type: "boolean", default: false },
  },
});

try {
  await (values["dry-run"] ? measure() : bring());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** From nothing: what is no longer in web/ is not deployed. */
async function build(mediaBaseUrl?: string): Promise<void> {
  await rm(join(ROOT, "build", "assets"), { recursive: true, force: true });
  await buildAssets(mediaBaseUrl);
}

async function measure(): Promise<void> {
  await build();
  for (const { name, rawKib, gzipKib, startupMs, problems } of await dryRun(runWrangler, DEPLOY_FOLDER)) {
    const size = `${rawKib.toFixed(0).padStart(5)} KiB, gzip ${gzipKib.toFixed(0).padStart(4)} KiB`;
    console.log(`${name.padEnd(20)} ${size}, starts in ${startupMs.toFixed(0).padStart(4)} ms here`);
    for (const problem of problems) {
      console.error(`${name}: ${problem}`);
      process.exitCode = 1;
    }
  }
  console.log("Nothing was deployed.");
}

async function bring(): Promise<void> {
  const { baseUrl, operatorKey, signingKey } = await deploy({
    wrangler: runWrangler,
    env: process.env,
    baseUrl: values.url,
    unset: values.unset ?? [],
    say: (line) => console.log(line),
    ask: process.stdin.isTTY ? ask : null,
    confirm: values.yes ? async () => true : process.stdin.isTTY ? confirm : null,
    build,
  });
  const shown = { OPERATOR_KEY: operatorKey, SIGNING_KEY: signingKey };
  const made = Object.entries(shown).flatMap(([name, key]) => (key ? [`  export ${name}=${key}`] : []));
  const showKey =
    made.length > 0
      ? `Shown this once, and Cloudflare gives no secret back; keep ${made.length > 1 ? "both" : "it"}:\n\n${made.join("\n")}`
      : "The operator's key is the one that was set before: export OPERATOR_KEY=…";
  console.log(`
Diarist is up at ${baseUrl}

${showKey}

Make a tenant, and its first API key with the id that comes back:

  curl -H "Authorization: Bearer $OPERATOR_KEY" ${baseUrl}/v1/tenants --json '{"name":"acme"}'
  curl -H "Authorization: Bearer $OPERATOR_KEY" ${baseUrl}/v1/keys --json '{"name":"first","tenant":"ten_…"}'

Send a recording with that key:

  curl -H "Authorization: Bearer $API_KEY" ${baseUrl}/v1/jobs -F file=@recording.mp3

API documentation: ${baseUrl}/docs/`);
}

async function confirm(): Promise<boolean> {
  return /^y(es)?$/i.test((await askLine("Go on? [y/N] ")).trim());
}

function ask(name: string): Promise<string> {
  return askLine(`${name} (is stored as a secret of diarist-transcribe): `);
}

async function askLine(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const value = await lines.question(question);
  lines.close();
  return value;
}
