import "./quiet-wrangler.ts";
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** The database was made by migrations that are not, or not as they were, in the folder. Nothing was changed. */
export class ForeignMigrationsError extends Error {
  override name = "ForeignMigrationsError";
}

/**
 * Applies the migrations that this database does not have yet, each in one batch. They are listed as wrangler lists
 * them, and with a hash: until the first release a migration may be edited, and then the database has to be made again.
 * @throws ForeignMigrationsError
 */
export async function migrate(db: D1Database, folder: string): Promise<void> {
  await db
    .prepare(
      `CREATE TABLE IF NOT EXISTS d1_migrations (
         id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE,
         applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL, hash TEXT)`,
    )
    .run();
  const { results: applied } = await db
    .prepare("SELECT * FROM d1_migrations") // an earlier version's table has no hash
    .all<{ name: string; hash?: string | null }>();
  const migrations = await readMigrations(folder);
  for (const { name, hash } of applied) {
    if (!migrations.has(name) || migrations.get(name)?.hash !== hash) throw new ForeignMigrationsError(name);
    migrations.delete(name);
  }
  if (migrations.size === 0) return; // wrangler takes two seconds to load
  const { unstable_splitSqlQuery: splitSql } = await import("wrangler");
  for (const [name, { sql, hash }] of migrations) {
    await db.batch([
      ...splitSql(sql).map((statement) => db.prepare(statement)),
      db.prepare("INSERT INTO d1_migrations (name, hash) VALUES (?, ?)").bind(name, hash),
    ]);
  }
}

async function readMigrations(folder: string): Promise<Map<string, { sql: string; hash: string }>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  const migrations = new Map<string, { sql: string; hash: string }>();
  for (const name of names) {
    const sql = await readFile(join(folder, name), "utf8");
    migrations.set(name, { sql, hash: createHash("sha256").update(sql).digest("hex") });
  }
  return migrations;
}
