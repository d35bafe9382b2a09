import "./quiet-wrangler.ts";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Applies the migrations that this database does not have yet, each in one batch, and keeps the same list as wrangler. */
export async function migrate(db: D1Database, folder: string): Promise<void> {
  await db
    .prepare(
      `CREATE TABLE IF NOT EXISTS d1_migrations (
         id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE,
         applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`,
    )
    .run();
  const { results } = await db.prepare("SELECT name FROM d1_migrations").all<{ name: string }>();
  const applied = new Set(results.map((row) => row.name));
  const files = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  const missing = files.filter((file) => !applied.has(file));
  if (missing.length === 0) return; // wrangler takes two seconds to load
  const { unstable_splitSqlQuery: splitSql } = await import("wrangler");
  for (const name of missing) {
    const sql = await readFile(join(folder, name), "utf8");
    await db.batch([
      ...splitSql(sql).map((statement) => db.prepare(statement)),
      db.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name),
    ]);
  }
}
