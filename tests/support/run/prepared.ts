import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { inject } from "vitest";
import type { DescribedWorker } from "../../../dev/local/describe-workers.ts";
import type { PreparedStack } from "../../../dev/local/local-stack.ts";

/** What tests/support/run/global-setup.ts has made for all files of a run. */
export type Prepared = {
  /** Bundles and the described Workers, for this run alone. */
  folder: string;
  /** A folder with a migrated, empty database. */
  emptyState: string;
  /** The database in it, in Miniflare's words. */
  d1Databases: DescribedWorker["d1Databases"];
};

declare module "vitest" {
  interface ProvidedContext {
    prepared: Prepared;
  }
}

/** In tests/support/workers/: Workers that run beside a test. */
export const BUNDLED = ["storage-worker", "import-worker", "audio-worker"] as const;
export type BundledWorker = (typeof BUNDLED)[number];
export const WORKERS_FILE = "workers.json";

export async function readBundle(name: BundledWorker): Promise<string> {
  return readFile(join(prepared().folder, `${name}.js`), "utf8");
}

export function emptyDatabase(): Pick<Prepared, "emptyState" | "d1Databases"> {
  return prepared();
}

/** For `runLocal`. */
export async function preparedStack(): Promise<PreparedStack> {
  const workers = JSON.parse(await readFile(join(prepared().folder, WORKERS_FILE), "utf8"));
  return { workers: workers as DescribedWorker[], emptyState: prepared().emptyState };
}

function prepared(): Prepared {
  const made: Prepared | undefined = inject("prepared");
  if (made) return made;
  throw new Error(
    "A unit test starts no Worker runtime: name the file *.storage.test.ts (see CONTRIBUTING.md).",
  );
}
