/** A workspace that has installed the app. `token` is the bot's, sealed. */
export type SlackInstall = {
  teamId: string;
  tenantId: string;
  keyId: string;
  teamName: string;
  appId: string;
  botUserId: string;
  installedBy: string | null;
  /** As granted, with commas. */
  scopes: string;
  token: string;
  /** The id of the key that `token` is sealed with. */
  sealedWith: string;
  installedAt: number;
};

const COLUMNS = `team_id AS teamId, tenant_id AS tenantId, key_id AS keyId, team_name AS teamName, app_id AS appId,
  bot_user_id AS botUserId, installed_by AS installedBy, scopes, token, sealed_with AS sealedWith,
  installed_at AS installedAt`;

type InstallLink = { tenantId: string; keyId: string; expiresAt: number };

/** `hash` is the SHA-256 of the link's secret. Links and states that have expired go on the way. */
export async function insertInstallLink(
  db: D1Database,
  hash: string,
  { tenantId, keyId, expiresAt }: InstallLink,
  now: number,
): Promise<void> {
  await db.batch([
    db.prepare("DELETE FROM slack_install_links WHERE expires_at <= ?").bind(now),
    db.prepare("DELETE FROM slack_install_states WHERE expires_at <= ?").bind(now),
    db
      .prepare("INSERT INTO slack_install_links (hash, tenant_id, key_id, expires_at) VALUES (?, ?, ?, ?)")
      .bind(hash, tenantId, keyId, expiresAt),
  ]);
}

/** Notes the `state` of an installation that begins. False: the link is not known, was used or has expired. */
export async function insertInstallState(
  db: D1Database,
  hash: string,
  link: string,
  expiresAt: number,
  now: number,
): Promise<boolean> {
  const { meta } = await db
    .prepare(
      `INSERT INTO slack_install_states (hash, link, expires_at)
       SELECT ?, hash, ? FROM slack_install_links WHERE hash = ? AND expires_at > ?`,
    )
    .bind(hash, expiresAt, link, now)
    .run();
  return meta.changes === 1;
}

/** Takes a `state`, which nobody can take again, and gives its link; null: it is not known or has expired. */
export async function takeInstallState(
  db: D1Database,
  hash: string,
  now: number,
): Promise<(InstallLink & { hash: string }) | null> {
  const state = await db
    .prepare("DELETE FROM slack_install_states WHERE hash = ? RETURNING link, expires_at AS expiresAt")
    .bind(hash)
    .first<{ link: string; expiresAt: number }>();
  if (!state || state.expiresAt <= now) return null;
  return db
    .prepare(
      `SELECT hash, tenant_id AS tenantId, key_id AS keyId, expires_at AS expiresAt FROM slack_install_links
       WHERE hash = ?`,
    )
    .bind(state.link)
    .first<InstallLink & { hash: string }>();
}

/**
 * Writes an installation, again where it is the same tenant's, and uses up its link.
 * @returns why not: the link was used meanwhile, or the workspace is another tenant's
 */
export async function saveInstall(
  db: D1Database,
  install: SlackInstall,
  link: string,
): Promise<"saved" | "link_used" | "other_tenant"> {
  const [saved, unlinked] = await db.batch([
    db
      .prepare(
        `INSERT INTO slack_installs (team_id, tenant_id, key_id, team_name, app_id, bot_user_id, installed_by, scopes,
           token, sealed_with, installed_at)
         SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM slack_install_links WHERE hash = ?
         ON CONFLICT (team_id) DO UPDATE SET key_id = excluded.key_id, team_name = excluded.team_name,
           app_id = excluded.app_id, bot_user_id = excluded.bot_user_id, installed_by = excluded.installed_by,
           scopes = excluded.scopes, token = excluded.token, sealed_with = excluded.sealed_with,
           installed_at = excluded.installed_at
         WHERE slack_installs.tenant_id = excluded.tenant_id`,
      )
      .bind(
        install.teamId,
        install.tenantId,
        install.keyId,
        install.teamName,
        install.appId,
        install.botUserId,
        install.installedBy,
        install.scopes,
        install.token,
        install.sealedWith,
        install.installedAt,
        link,
      ),
    db.prepare("DELETE FROM slack_install_links WHERE hash = ?").bind(link),
    db.prepare("DELETE FROM slack_install_states WHERE link = ?").bind(link),
  ]);
  if (saved?.meta.changes === 1) return "saved";
  return unlinked?.meta.changes === 1 ? "other_tenant" : "link_used";
}

/** By the exact id of the workspace. */
export async function readInstall(db: D1Database, teamId: string): Promise<SlackInstall | null> {
  return db
    .prepare(`SELECT ${COLUMNS} FROM slack_installs WHERE team_id = ?`)
    .bind(teamId)
    .first<SlackInstall>();
}

export async function listInstalls(
  db: D1Database,
  tenantId: string,
  after: string | undefined,
  limit: number,
): Promise<SlackInstall[]> {
  const { results } = await db
    .prepare(
      `SELECT ${COLUMNS} FROM slack_installs WHERE tenant_id = ? AND team_id > ? ORDER BY team_id LIMIT ?`,
    )
    .bind(tenantId, after ?? "", limit)
    .all<SlackInstall>();
  return results;
}

/**
 * Forgets a workspace and its token.
 * @param until an installation made later stays: Slack tells of the end of the one before it
 */
export async function deleteInstall(db: D1Database, teamId: string, until: number): Promise<boolean> {
  const { meta } = await db
    .prepare("DELETE FROM slack_installs WHERE team_id = ? AND installed_at <= ?")
    .bind(teamId, until)
    .run();
  return meta.changes === 1;
}

/** Those whose token is sealed with one of these keys. */
export async function installsSealedWith(
  db: D1Database,
  keyIds: string[],
  limit: number,
): Promise<SlackInstall[]> {
  const { results } = await db
    .prepare(
      `SELECT ${COLUMNS} FROM slack_installs WHERE sealed_with IN (SELECT value FROM json_each(?)) LIMIT ?`,
    )
    .bind(JSON.stringify(keyIds), limit)
    .all<SlackInstall>();
  return results;
}

/** Unless the workspace has installed the app again meanwhile. */
export async function resealInstall(
  db: D1Database,
  { teamId, token }: SlackInstall,
  sealed: { token: string; sealedWith: string },
): Promise<void> {
  await db
    .prepare("UPDATE slack_installs SET token = ?, sealed_with = ? WHERE team_id = ? AND token = ?")
    .bind(sealed.token, sealed.sealedWith, teamId, token)
    .run();
}
