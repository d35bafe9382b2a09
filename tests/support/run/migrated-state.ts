import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { migrate } from "../../../dev/local/migrate.ts";
import { ROOT } from "../../../dev/root.ts";

const MIGRATIONS = join(ROOT, "migrations");
export const CACHE = join(ROOT, "node_modules", ".cache", "diarist-tests");

/** A folder with this database, migrated and empty, kept for each state of the migrations. */
export async function migratedState(d1Databases: Record<string, unknown>): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(d1Databases));
  for (const file of globSync("*.sql", { cwd: MIGRATIONS }).sort()) {
    hash.update(file).update(readFileSync(join(MIGRATIONS, file)));
  }
  const made = join(CACHE, hash.digest("hex"));
  if (existsSync(made)) return made;

  const making = await mkdtemp(join(CACHE, "making-"));
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: "export default {};",
      d1Databases,
      resourcePersistencePath: making,
    } as Parameters<typeof convertV4MiniflareOptions>[0]),
  );
  await migrate(await miniflare.getD1Database("DB"), MIGRATIONS);
  await miniflare.dispose();
  await rename(making, made).catch(() => rm(making, { recursive: true })); // another run was faster
  return made;
}
