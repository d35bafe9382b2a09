import { beforeEach, expect, test } from "vitest";
import { seedTenant } from "../../../dev/local/seed-tenant.ts";
import { hashKey } from "../../../shared/secrets/api-key.ts";
import { insertInstallLink, insertInstallState } from "../../../shared/storage/slack-installs.ts";
import { useLogs } from "../../../tests/support/stack/logs.ts";
import { count, useStorage } from "../../../tests/support/stack/storage.ts";
import { SIGNING_KEY } from "../../../tests/support/stack/tenant.ts";
import { askIngest } from "../../../tests/support/workers/ask-ingest.ts";

const storage = await useStorage();
useLogs();
const { db, bucket } = storage;

const SETTINGS = {
  SLACK_CLIENT_ID: "1.2",
  SLACK_CLIENT_SECRET: "secret",
  SLACK_SIGNING_SECRET: "secret",
  SLACK_API_URL: "http://127.0.0.1:9/", // nobody is to be asked
  ALLOW_LOCAL_DESTINATIONS: "1",
  PUBLIC_BASE_URL: "https://diarist.example.com",
};

beforeEach(() => seedTenant(db, SIGNING_KEY));

test.each(["revoked_at = 1", "expires_at = 1"])(
  "an installation whose link was made by a key that has ended meanwhile (%s) is refused before Slack is asked",
  async (ended) => {
    const expiresAt = Date.now() + 60_000;
    const link = { tenantId: "local", keyId: "key_local", expiresAt };
    await insertInstallLink(db, await hashKey("link"), link, 0);
    await insertInstallState(db, await hashKey("state"), await hashKey("link"), expiresAt, 0);
    await db.prepare(`UPDATE api_keys SET ${ended} WHERE id = 'key_local'`).run();

    const bindings = { DB: db, BUCKET: bucket, ...SETTINGS };
    const response = await askIngest(bindings, "/slack/oauth_redirect?state=state&code=code");
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: "slack_link",
      detail: expect.stringContaining("has ended"),
    });
    expect(await count(db, "SELECT count(*) AS n FROM slack_installs")).toBe(0);
  },
);
