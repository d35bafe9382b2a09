import { newId } from "../../../shared/id.ts";
import type { Job } from "../../../shared/job.ts";
import { hashKey, newKeySecret } from "../../../shared/secrets/api-key.ts";
import { deriveKeyBytes } from "../../../shared/secrets/derive-key.ts";
import { readSigningKeys } from "../../../shared/secrets/signing-keys.ts";
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
  const [current, ...before] = readSigningKeys(deps.config.signingKey);
  const made = await makeLink(deps, current, job, since);
  if (isFirst) {
    const name = "link in Slack";
    const isNew = { createdAt: since, expiresAt: until, lastUsedAt: null, revokedAt: null };
    const share: ApiKey = {
      id: made.id,
      tenantId: job.tenantId,
      name,
      scopes: ["jobs:read"],
      ...isNew,
      jobId: job.id,
    };
    await insertKey(deps.db, share, made.hash);
    return made.url;
  }
  const known = await listShares(deps.db, job.id, deps.now());
  const links = [made, ...(await Promise.all(before.map((key) => makeLink(deps, key, job, since))))];
  return links.find(({ id }) => known.some((share) => share.id === id))?.url ?? null;
}

async function makeLink(deps: Deps, signingKey: string, job: Job, since: number) {
  const secret = newKeySecret(new Uint8Array(await deriveKeyBytes(signingKey, `share ${job.id} ${since}`)));
  const hash = await hashKey(secret);
  const id = newId("key", since, Buffer.from(hash, "hex"));
  return { id, hash, url: `${deps.config.baseUrl}/#/shared/${secret}` };
}
