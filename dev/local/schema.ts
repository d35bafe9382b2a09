import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ROOT } from "../root.ts";

/** Writes docs/schema.sql, the database as the migrations make it: tables by name, each with its indexes and triggers. */

export const SCHEMA_FILE = join(ROOT, "docs", "schema.sql");
const MIGRATIONS = join(ROOT, "migrations");
const HEAD = "-- Written by `npm run schema` from migrations/. Do not edit.\n";

type Entry = { type: string; name: string; tbl_name: string; sql: string };

/** The text of docs/schema.sql. */
export function describeSchema(): string {
  const db = new DatabaseSync(":memory:");
  const files = readdirSync(MIGRATIONS).filter((name) => name.endsWith(".sql"));
  for (const file of files.sort()) db.exec(readFileSync(join(MIGRATIONS, file), "utf8"));
  // Without SQLite's own tables and those that hold the search index.
  const rows = db.prepare(
    `SELECT entry.type, entry.name, entry.tbl_name, entry.sql
     FROM sqlite_schema AS entry JOIN pragma_table_list AS owner ON owner.name = entry.tbl_name
     WHERE entry.sql IS NOT NULL AND owner.schema = 'main' AND owner.type IN ('table', 'virtual')
       AND entry.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
     ORDER BY entry.tbl_name, CASE entry.type WHEN 'table' THEN 1 WHEN 'index' THEN 2 ELSE 3 END, entry.name`,
  );
  const entries = rows.all() as Entry[]; // the columns of this SELECT
  db.close();
  const blocks = entries.map(({ type, sql }) => `${type === "index" ? "" : "\n"}${sql};\n`);
  return HEAD + blocks.join("");
}

if (import.meta.main) writeFileSync(SCHEMA_FILE, describeSchema());
