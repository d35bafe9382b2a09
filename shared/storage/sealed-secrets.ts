/** A stored secret, and the id of the key that it is sealed with; empty in the first version, which named none. */
type Sealed = { owner: string; keyId: string };

/** Webhook secrets and Slack tokens that are sealed with another key than this one. */
export async function listStale(db: D1Database, keyId: string, limit: number): Promise<Sealed[]> {
  const { results } = await db
    .prepare(
      `SELECT owner, key_id AS keyId FROM webhook_secrets WHERE key_id < ?1 OR key_id > ?1
       UNION ALL
       SELECT team_id, sealed_with FROM slack_installs WHERE sealed_with < ?1 OR sealed_with > ?1
       LIMIT ?2`,
    )
    .bind(keyId, limit)
    .all<Sealed>();
  return results;
}
