/**
 * Deletes every row of a migrated database, and runs these statements in the same batch. Most tables are empty most of
 * the time, and a DELETE costs more than a look.
 */
export async function clearTables(db: D1Database, then: D1PreparedStatement[] = []): Promise<void> {
  const tables = await listTables(db);
  const looks = tables.map((table) => `EXISTS (SELECT 1 FROM ${table}) AS ${table}`);
  const filled = await db.prepare(`SELECT ${looks.join(", ")}`).first<Record<string, number>>();
  await db.batch([
    db.prepare("PRAGMA defer_foreign_keys = on"),
    ...tables.filter((table) => filled?.[table]).map((table) => db.prepare(`DELETE FROM ${table}`)),
    ...then,
  ]);
}

const known = new WeakMap<D1Database, Promise<string[]>>();

function listTables(db: D1Database): Promise<string[]> {
  const tables = known.get(db) ?? readTables(db);
  known.set(db, tables);
  return tables;
}

async function readTables(db: D1Database): Promise<string[]> {
  const { results } = await db
    .prepare(
      // Not the search index and its shadow tables: they follow the blocks.
      `SELECT name FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
         AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' AND name <> 'd1_migrations'`,
    )
    .all<{ name: string }>();
  return results.map((row) => row.name);
}
