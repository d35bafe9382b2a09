import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { buildAssets } from "../bundle/build-assets.ts";
import { dryRun } from "./dry-run.ts";
import { runWrangler, type Wrangler } from "./wrangler.ts";

/** Bundles with the real wrangler; a start-up takes 30 ms of an hour. */
const wrangler: Wrangler = async (args) => {
  if (args[0] !== "check") return runWrangler(args);
  const nodes = ["(idle)", "load"].map((functionName, id) => ({ id, callFrame: { functionName } }));
  const profile = { nodes, samples: [0, 1, 0, 1], timeDeltas: [3_600_000_000, 10_000, 1_000, 20_000] };
  await writeFile(args.at(-1) ?? "", JSON.stringify(profile));
  return { status: 0, stdout: "", stderr: "" };
};

test("the three Workers bundle as a deployment would bundle them, within Cloudflare's limits", async () => {
  const folder = await mkdtemp(join(tmpdir(), "diarist-dry-run-"));
  try {
    await buildAssets();
    const bundles = await dryRun(wrangler, folder);
    expect(bundles.map(({ name }) => name)).toEqual([
      "diarist-notify",
      "diarist-transcribe",
      "diarist-ingest",
    ]);
    expect(bundles.flatMap(({ problems }) => problems)).toEqual([]);
    expect(bundles.map(({ startupMs }) => startupMs)).toEqual([30, 30, 30]);
    for (const { rawKib, gzipKib } of bundles) expect(rawKib).toBeGreaterThan(gzipKib);
  } finally {
    await rm(folder, { recursive: true });
  }
});
