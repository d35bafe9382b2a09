import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { ForeignMigrationsError } from "../../dev/local/migrate.ts";
import { prepareDatabase } from "../../dev/local/prepare-database.ts";

const state = mkdtempSync(join(tmpdir(), "diarist-migrating-"));
afterAll(() => rmSync(state, { recursive: true, force: true }));

test("a state folder is migrated once, and refused when an earlier version made it", async () => {
  await prepareDatabase(state, async (db) => {
    await db.prepare("INSERT INTO tenants (id, name, created_at) VALUES ('ten_kept', 'Kept', 0)").run();
  });
  await prepareDatabase(state, async (db) => {
    expect(await db.prepare("SELECT name FROM tenants").first()).toEqual({ name: "Kept" });
    await db.prepare("INSERT INTO d1_migrations (name) VALUES ('0002_parts.sql')").run();
  });
  await expect(prepareDatabase(state, notReached)).rejects.toThrow(ForeignMigrationsError);
});

test("a state folder whose migrations were edited since is refused", async () => {
  const edited = mkdtempSync(join(tmpdir(), "diarist-migrating-"));
  await prepareDatabase(edited, async (db) => {
    await db.prepare("UPDATE d1_migrations SET hash = 'another'").run();
  });
  await expect(prepareDatabase(edited, notReached)).rejects.toThrow(ForeignMigrationsError);
  rmSync(edited, { recursive: true, force: true });
});

async function notReached(): Promise<void> {
  throw new Error("the database was opened");
}
