import type { TestDiarist } from "./diarist.ts";

/** Everything that is kept: R2's keys, and every row of every table as JSON, but for when a sweep last ran. */
type Inventory = { objects: string[]; rows: Record<string, string[]> };

export async function takeInventory({ stack }: TestDiarist): Promise<Inventory> {
  const objects: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await stack.bucket.list(cursor ? { cursor } : {});
    objects.push(...page.objects.map(({ key }) => key));
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor);

  const { results: tables } = await stack.db
    .prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name <> 'sweeps'",
    )
    .all<{ name: string }>();
  const contents = await stack.db.batch(
    tables.map(({ name }) => stack.db.prepare(`SELECT * FROM "${name}"`)),
  );
  const rows = tables.map(({ name }, n): [string, string[]] => {
    return [name, (contents[n]?.results ?? []).map((row) => JSON.stringify(lasting(row))).sort()];
  });
  return { objects, rows: Object.fromEntries(rows) };
}

/** That a key was used is noted whatever it is used for. */
function lasting(row: unknown): unknown {
  return { ...(row as object), last_used_at: undefined };
}

/** What is left of a job: R2's keys and, by table, the rows that name it. */
export async function findTraces(diarist: TestDiarist, jobId: string): Promise<Inventory> {
  const { objects, rows } = await takeInventory(diarist);
  const traces = Object.entries(rows)
    .map(([table, all]): [string, string[]] => [table, all.filter((row) => row.includes(jobId))])
    .filter(([, all]) => all.length > 0);
  return { objects: objects.filter((key) => key.includes(jobId)), rows: Object.fromEntries(traces) };
}
