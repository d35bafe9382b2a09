/**
 * Brings Diarist to a Cloudflare account: `npm run deploy [-- --url https://…]`; `npm run deploy -- --dry-run` only
 * bundles and measures. What it does, and in which order: deploy/deploy.ts and docs/operations.md.
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
  options: { "dry-run": { type: "boolean", default: false }, url: { type: "string" } },
});

try {
  await rm(join(ROOT, "build", "assets"), { recursive: true, force: true }); // what is no longer in web/ is not deployed
  await buildAssets();
  await (values["dry-run"] ? measure() : bring());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function measure(): Promise<void> {
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
  const { baseUrl, operatorKey } = await deploy({
    wrangler: runWrangler,
    env: process.env,
    baseUrl: values.url,
    say: (line) => console.log(line),
    ask: process.stdin.isTTY ? ask : null,
  });
  const showKey = operatorKey
    ? `The operator's key is shown this once; keep it:\n\n  export OPERATOR_KEY=${operatorKey}`
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

async function ask(name: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const value = await lines.question(`${name} (is stored as a secret of diarist-transcribe): `);
  lines.close();
  return value;
}
