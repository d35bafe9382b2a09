import { log } from "../../../shared/log.ts";
import { deadImports, removeDeadImport } from "../../../shared/storage/imports.ts";
import { abortUpload } from "../../../shared/storage/store-audio.ts";
import type { Deps } from "../deps.ts";

const BATCH = 100;

/** Aborts the uploads of imports whose job has been canceled, has failed or is gone. */
export async function sweepImports({ db, bucket }: Pick<Deps, "db" | "bucket">): Promise<void> {
  for (const { jobId, key, uploadId } of await deadImports(db, BATCH)) {
    if (key !== null && uploadId !== null) await abortUpload(bucket, key, uploadId);
    await removeDeadImport(db, jobId);
    log("sweep.import_removed", { job_id: jobId });
  }
}
