import { expect, test } from "vitest";
import { SCOPES } from "../../shared/scope.ts";
import { findKey, insertKey, listKeys, noteKeyUsed, revokeKey } from "../../shared/storage/keys.ts";
import {
  changeTenant,
  insertTenant,
  listTenants,
  readTenant,
  readWebhookSecret,
} from "../../shared/storage/tenants.ts";
import { NOW } from "../support/stack/jobs.ts";
import { useStorage } from "../support/stack/storage.ts";
import { TENANT } from "../support/stack/tenant.ts";

const { db } = await useStorage();

const key = (id: string, tenantId = TENANT) => ({
  id,
  tenantId,
  name: id,
  scopes: [...SCOPES],
  createdAt: NOW,
  expiresAt: null,
  lastUsedAt: null,
  revokedAt: null,
  jobId: null,
});
const allKeys = (tenantId: string) => listKeys(db, tenantId, undefined, 100);

test("a tenant is read back, with its sealed secret apart", async () => {
  const tenant = { id: "ten_a", name: "Ä & Söhne", limits: { jobs_at_once: 2 }, createdAt: NOW };
  await insertTenant(db, tenant, "v1.sealed");
  expect(await readTenant(db, "ten_a")).toEqual(tenant);
  expect(await readWebhookSecret(db, "ten_a")).toBe("v1.sealed");
  expect(await readTenant(db, "ten_none")).toBeNull();
  expect(await readWebhookSecret(db, "ten_none")).toBeNull();
});

test("tenants are listed newest first, page by page", async () => {
  await insertTenant(db, { id: "ten_a", name: "a", createdAt: NOW }, "s");
  await insertTenant(db, { id: "ten_b", name: "b", createdAt: NOW }, "s");
  const first = await listTenants(db, undefined, 2);
  const rest = await listTenants(db, first.at(-1)?.id, 2);
  expect([...first, ...rest].map((tenant) => tenant.id)).toEqual([TENANT, "ten_b", "ten_a"]);
});

test("a key is found by its hash alone", async () => {
  await insertKey(db, key("key_1"), "hash-1");
  expect(await findKey(db, "hash-1")).toEqual({ ...key("key_1"), hash: "hash-1", limits: {} });
  expect(await findKey(db, "hash-2")).toBeNull();
});

test("two keys cannot have one hash, nor can a key belong to no tenant", async () => {
  await insertKey(db, key("key_1"), "hash-1");
  await expect(insertKey(db, key("key_2"), "hash-1")).rejects.toThrow(/UNIQUE/);
  await expect(insertKey(db, key("key_3", "ten_none"), "hash-3")).rejects.toThrow(/FOREIGN KEY/);
});

test("a revoked key is found no more, but stays on the list", async () => {
  await insertKey(db, key("key_1"), "hash-1");
  expect(await revokeKey(db, TENANT, "key_1", NOW + 1)).toBe(true);
  expect(await findKey(db, "hash-1")).toBeNull();
  expect(await allKeys(TENANT)).toEqual([{ ...key("key_1"), revokedAt: NOW + 1 }]);
});

test("a key is revoked once, and by its own tenant only", async () => {
  await insertTenant(db, { id: "ten_other", name: "other", createdAt: NOW }, "s");
  await insertKey(db, key("key_1"), "hash-1");
  expect(await revokeKey(db, "ten_other", "key_1", NOW)).toBe(false);
  expect(await allKeys("ten_other")).toEqual([]);
  const both = await Promise.all([revokeKey(db, TENANT, "key_1", NOW), revokeKey(db, TENANT, "key_1", NOW)]);
  expect(both.filter(Boolean)).toHaveLength(1);
});

test("a key comes with its scopes, its end, its last use and its tenant's limits", async () => {
  await changeTenant(db, TENANT, { limits: { jobs_at_once: 0, bytes_stored: 7 } });
  const reader = { ...key("key_1"), scopes: ["jobs:read" as const], expiresAt: NOW + 5 };
  await insertKey(db, reader, "hash-1");
  await noteKeyUsed(db, "key_1", NOW + 1);
  const limits = { jobs_at_once: 0, bytes_stored: 7 };
  expect(await findKey(db, "hash-1")).toEqual({ ...reader, lastUsedAt: NOW + 1, hash: "hash-1", limits });
});

test("a tenant is changed in what is given, and one that is not there in nothing", async () => {
  expect(await changeTenant(db, TENANT, { name: "New" })).toMatchObject({ name: "New", limits: {} });
  expect(await changeTenant(db, TENANT, { limits: { minutes_per_month: 1.5 } })).toMatchObject({
    name: "New",
    limits: { minutes_per_month: 1.5 },
  });
  expect(await changeTenant(db, "ten_none", { name: "x" })).toBeNull();
});

test("the operator revokes a key whatever its tenant", async () => {
  await insertKey(db, key("key_1"), "hash-1");
  expect(await revokeKey(db, null, "key_1", NOW)).toBe(true);
});
