import { isId } from "../../../shared/id.ts";
import { readUpload, type Upload } from "../../../shared/storage/uploads.ts";
import { Refusal } from "../http/problem.ts";

/** A tenant's upload. Another tenant's is as little there as one that never was. */
export async function findUpload(db: D1Database, tenantId: string, id: string, now: number): Promise<Upload> {
  const upload = isId("upl", id) ? await readUpload(db, tenantId, id) : null;
  if (!upload) throw new Refusal("not_found", "There is no such upload.");
  if (upload.status !== "used" && now >= upload.expiresAt) {
    throw new Refusal("upload_expired", `The upload expired at ${new Date(upload.expiresAt).toISOString()}.`);
  }
  return upload;
}
