import { randomBytes } from "node:crypto";
import { SCOPES } from "../../shared/scope.ts";
import { hashKey } from "../../shared/secrets/api-key.ts";
import { seal } from "../../shared/secrets/seal.ts";
import { insertKey } from "../../shared/storage/keys.ts";
import { insertTenant, readTenant } from "../../shared/storage/tenants.ts";
import { newWebhookSecret } from "../../shared/webhooks/sign-webhook.ts";

const DEV_TENANT = "local";
/** Exists under `npm start` and in tests only; a deployment has no default key. */
export const DEV_API_KEY = "dev-api-key";

/** The tenant that has `DEV_API_KEY`, unless it is there already. */
export async function seedTenant(db: D1Database, signingKey: string): Promise<void> {
  if (await readTenant(db, DEV_TENANT)) return;
  const createdAt = Date.now();
  const secret = await seal(signingKey, newWebhookSecret(randomBytes(32)));
  await insertTenant(db, { id: DEV_TENANT, name: DEV_TENANT, limits: {}, createdAt }, secret);
  const never = { expiresAt: null, lastUsedAt: null, revokedAt: null, jobId: null };
  const key = {
    id: "key_local",
    tenantId: DEV_TENANT,
    name: "local",
    scopes: [...SCOPES],
    createdAt,
    ...never,
  };
  await insertKey(db, key, await hashKey(DEV_API_KEY));
}
