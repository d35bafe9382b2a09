import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Multipart uploads in a local R2's folder that are neither completed nor aborted; R2's binding cannot list them. */
export async function countOpenUploads(state: string): Promise<number> {
  const files = await readdir(state, { recursive: true });
  const file = files.find((name) => /R2BucketObject.*\.sqlite$/.test(name) && !name.includes("metadata"));
  if (!file) return 0;
  const db = new DatabaseSync(join(state, file), { readOnly: true });
  const row = db.prepare("SELECT count(*) AS open FROM _mf_multipart_uploads WHERE state = 0").get();
  db.close();
  return Number(row?.["open"]);
}
