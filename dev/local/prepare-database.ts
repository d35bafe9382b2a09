import "./quiet-wrangler.ts";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { ROOT } from "../root.ts";
import { migrate } from "./migrate.ts";

/**
 * Migrates the database in a state folder, and does to it what else has to be done before anybody may ask the Workers:
 * these answer from the moment they are started.
 */
export async function prepareDatabase(
  statePath: string,
  prepare: (db: D1Database) => Promise<void>,
): Promise<void> {
  const { unstable_getMiniflareWorkerOptions: readWorkerOptions } = await import("wrangler");
  const { d1Databases } = readWorkerOptions(join(ROOT, "wrangler.toml"), "ingest").workerOptions;
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: "export default {};",
      d1Databases,
      resourcePersistencePath: statePath,
    } as Parameters<typeof convertV4MiniflareOptions>[0]),
  );
  try {
    const db = await miniflare.getD1Database("DB");
    await migrate(db, join(ROOT, "migrations"));
    await prepare(db);
  } finally {
    await miniflare.dispose();
  }
}
