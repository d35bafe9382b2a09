import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { buildAssets } from "../../../dev/bundle/build-assets.ts";
import { bundleWorker } from "../../../dev/bundle/bundle-worker.ts";
import { describeWorkers } from "../../../dev/local/describe-workers.ts";
import { CACHE, migratedState } from "./migrated-state.ts";
import { BUNDLED, type Prepared, WORKERS_FILE } from "./prepared.ts";

/** Vitest loads this file once for each project; what it makes is the same for all. */
const ONCE = Symbol.for("diarist.tests.prepared");
type Global = { [ONCE]?: Promise<Prepared> };

/** Makes once a run what every local runtime needs: the bundles, wrangler.toml as Miniflare reads it, the assets, a migrated database. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const global = globalThis as Global;
  global[ONCE] ??= prepare();
  const prepared = await global[ONCE];
  project.provide("prepared", prepared);
  return () => rm(prepared.folder, { recursive: true, force: true });
}

async function prepare(): Promise<Prepared> {
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, "run-"));
  const [workers] = await Promise.all([
    describeWorkers(),
    buildAssets(),
    ...BUNDLED.map(async (name) =>
      writeFile(join(folder, `${name}.js`), await bundleWorker(`tests/support/workers/${name}.ts`)),
    ),
  ]);
  await writeFile(join(folder, WORKERS_FILE), JSON.stringify(workers));
  const [{ d1Databases = {} } = {}] = workers;
  return { folder, emptyState: await migratedState(d1Databases), d1Databases };
}
