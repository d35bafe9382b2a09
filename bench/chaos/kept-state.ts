import { globSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/**
 * What a Diarist has kept on disk, read from the files of D1 and R2 themselves: whether it runs, was killed a moment
 * ago, or would like to hide something.
 */
export type KeptState = {
  jobs: KeptJob[];
  calls: LedgerRow[];
  slices: { job_id: string; attempt: number }[];
  deliveries: { job_id: string; status: string; tries: number }[];
  /** Events whose deliveries are still to be made. */
  openEvents: number;
  pendingAudio: number;
  objects: string[];
  /** Multipart uploads that are neither completed nor aborted. */
  openUploads: string[];
};

export type LedgerRow = {
  job_id: string;
  attempt: number;
  part: number;
  purpose: string;
  outcome: string | null;
  billed: number;
};

export type KeptJob = {
  id: string;
  status: string;
  stage: string;
  attempt: number;
  webhook_url: string | null;
  transcript_attempt: number | null;
  result: string | null;
  error: string | null;
  parts_total: number;
  parts_done: number;
};

export function readKeptState(statePath: string): KeptState {
  const d1 = openFile(statePath, "d1", "jobs");
  const r2 = openFile(statePath, "r2", "_mf_objects");
  const kept = {
    jobs: rowsOf<KeptJob>(
      d1,
      "SELECT id, status, stage, attempt, webhook_url, transcript_attempt, result, error, parts_total, parts_done FROM jobs",
    ),
    calls: rowsOf<LedgerRow>(d1, "SELECT * FROM calls ORDER BY job_id, attempt"),
    slices: rowsOf<KeptState["slices"][number]>(d1, "SELECT job_id, attempt FROM transcript_slices"),
    deliveries: rowsOf<KeptState["deliveries"][number]>(d1, "SELECT job_id, status, tries FROM deliveries"),
    openEvents: rowsOf(d1, "SELECT id FROM events WHERE sweep_at IS NOT NULL").length,
    pendingAudio: rowsOf(d1, "SELECT key FROM pending_audio").length,
    objects: rowsOf<{ key: string }>(r2, "SELECT key FROM _mf_objects").map(({ key }) => key),
    openUploads: rowsOf<{ upload_id: string }>(
      r2,
      "SELECT upload_id FROM _mf_multipart_uploads WHERE state = 0",
    ).map(({ upload_id }) => upload_id),
  };
  d1?.close();
  r2?.close();
  return kept;
}

/** The file of this kind of storage that has the table; null when nothing has been kept yet. */
function openFile(statePath: string, kind: "d1" | "r2", table: string): DatabaseSync | null {
  for (const file of globSync(join(statePath, kind, "**", "*.sqlite"))) {
    const db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
    if (db.prepare("SELECT 1 FROM sqlite_master WHERE name = ?").get(table)) return db;
    db.close();
  }
  return null;
}

function rowsOf<T>(db: DatabaseSync | null, sql: string): T[] {
  return db ? (db.prepare(sql).all() as T[]) : []; // the columns are named in the SQL beside the type
}
