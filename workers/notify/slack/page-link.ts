import { newId } from "../../../shared/id.ts";
import type { Job } from "../../../shared/job.ts";
import { hashKey, newKeySecret } from "../../../shared/secrets/api-key.ts";
import { deriveKeyBytes, readSigningKeys } from "../../../shared/secrets/derive-key.ts";
import { type ApiKey, insertKey, listShares } from "../../../shared/storage/keys.ts";
import type { Deps } from "../deps.ts";

/**
 * A link that opens the job on the page, for everybody who can read the thread. Its key is derived from SIGNING_KEY and
 * the job: an updated message shows the same link, and no key has to be stored readably.
 * @param isFirst the job has just completed; later, a link that somebody ended stays ended
 * @returns null: it was ended or has expired
 */
export async function linkToPage(
  deps: Deps,
  job: Job,
  { isFirst, since, until }: { isFirst: boolean; since: number; until: number },
): Promise<string | null> {
  const [current] = readSigningKeys(deps.config.signingKey);
  const secret = newKeySecret(new Uint8Array(await deriveKeyBytes(current, `share ${job.id} ${since}`)));
  const hash = await hashKey(secret);
  const id = newId("key", since, Buffer.from(hash, "hex"));
  if (isFirst) {
    const name = "link in Slack";
    const isNew = { createdAt: since, expiresAt: until, lastUsedAt: null, revokedAt: null };
    const share: ApiKey = {
      id,
      tenantId: job.tenantId,
      name,
      scopes: ["jobs:read"],
      ...isNew,
      jobId: job.id,
    };
    await insertKey(deps.db, share, hash);
  } else if (!(await listShares(deps.db, job.id, deps.now())).some((share) => share.id === id)) return null;
  return `${deps.config.baseUrl}/#/shared/${secret}`;
}
