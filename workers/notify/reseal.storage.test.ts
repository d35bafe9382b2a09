import { expect, test } from "vitest";
import { seal, sealedWith } from "../../shared/secrets/seal.ts";
import { listSecrets } from "../../shared/storage/webhook-secrets.ts";
import { NOW } from "../../tests/support/stack/jobs.ts";
import { useLogs } from "../../tests/support/stack/logs.ts";
import { useStorage } from "../../tests/support/stack/storage.ts";
import { SIGNING_KEY, TENANT } from "../../tests/support/stack/tenant.ts";
import { makeNotifyDeps } from "../../tests/support/workers/notify-deps.ts";
import { sweep } from "./sweep.ts";

const storage = await useStorage();
const logs = useLogs();
const linesOf = (name: string) => logs().filter(({ event }) => event === name);

const NEW = "n".repeat(32);
const FORGOTTEN = "f".repeat(32);
/** More than one sweep re-seals. */
const MANY = 60;

async function insertSealed(owner: string, sealed: string): Promise<void> {
  await storage.db
    .prepare("INSERT INTO webhook_secrets (owner, n, sealed, key_id, created_at) VALUES (?, 1, ?, ?, ?)")
    .bind(owner, sealed, sealedWith(sealed), NOW)
    .run();
}

test("secrets of a key that is gone keep no other from being re-sealed, and are reported", async () => {
  for (let n = 0; n < MANY; n++) await insertSealed(`end_${n}`, await seal(FORGOTTEN, "secret"));
  const deps = makeNotifyDeps(storage);
  const signingKey = `${NEW}\0${SIGNING_KEY}`;
  await sweep({ ...deps, config: { ...deps.config, signingKey } });
  const [secret] = await listSecrets(storage.db, TENANT, NOW);
  expect(sealedWith(secret?.sealed ?? "")).toBe(sealedWith(await seal(NEW, "any")));
  expect(linesOf("sweep.secrets_resealed")).toMatchObject([{ count: 1 }]);
  expect(linesOf("operator.secret_unreadable").length).toBeGreaterThan(0);
});
