import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildAssets } from "../../../dev/bundle/build-assets.ts";
import { describeWorkers } from "../../../dev/local/describe-workers.ts";
import type { PreparedStack } from "../../../dev/local/local-stack.ts";
import { WEATHER_BINDING } from "./conditions.ts";

/** Bundles the exposed Workers once for many starts, into a file in this folder; gives its path. */
export async function prepareWorkers(folder: string, weatherUrl: string): Promise<string> {
  await buildAssets();
  const entry = (env: string) => `bench/chaos/deployed/${env}.ts`;
  const described = await describeWorkers({
    ingest: entry("ingest"),
    transcribe: entry("transcribe"),
    notify: entry("notify"),
  });
  const workers = described.map((worker) => ({
    ...worker,
    bindings: { ...worker.bindings, [WEATHER_BINDING]: weatherUrl },
  }));
  const path = join(folder, "workers.json");
  await writeFile(path, JSON.stringify({ workers, emptyState: "" } satisfies PreparedStack));
  return path;
}
