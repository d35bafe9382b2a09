import { expect, test } from "vitest";
import {
  findKey,
  insertKey,
  insertTenant,
  listKeys,
  listTenants,
  readTenant,
  readWebhookSecret,
  revokeKey,
} from "../../shared/storage/tenants.ts";
import { NOW } from "../support/jobs.ts";
import { useStorage } from "../support/storage.ts";
import { TENANT } from "../support/tenant.ts";

const { db } = await useStorage();

const key = (id: string, tenantId = TENANT) => ({ id, tenantId, name: id, createdAt: NOW, revokedAt: null });

test("a tenant is read back, with its sealed secret apart", async () => {
  const tenant = { id: "ten_a", name: "Ä & Söhne", createdAt: NOW };
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
  expect(await findKey(db, "hash-1")).toEqual({ ...key("key_1"), hash: "hash-1" });
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
  expect(await listKeys(db, TENANT)).toEqual([{ ...key("key_1"), revokedAt: NOW + 1 }]);
});

test("a key is revoked once, and by its own tenant only", async () => {
  await insertTenant(db, { id: "ten_other", name: "other", createdAt: NOW }, "s");
  await insertKey(db, key("key_1"), "hash-1");
  expect(await revokeKey(db, "ten_other", "key_1", NOW)).toBe(false);
  expect(await listKeys(db, "ten_other")).toEqual([]);
  const both = await Promise.all([revokeKey(db, TENANT, "key_1", NOW), revokeKey(db, TENANT, "key_1", NOW)]);
  expect(both.filter(Boolean)).toHaveLength(1);
});
