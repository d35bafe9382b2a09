import type { TestDiarist } from "./diarist.ts";

export const OPERATOR_KEY = "dev-operator-key";

/** Posts JSON with the operator's key, or another. */
export function operate(
  diarist: TestDiarist,
  path: string,
  body: unknown,
  key: string = OPERATOR_KEY,
): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return diarist.call(path, { method: "POST", body: JSON.stringify(body), headers }, key);
}

/** A new tenant with a key of its own, which has all scopes. */
export async function createTenant(
  diarist: TestDiarist,
  name: string,
  limits: Record<string, number> = {},
): Promise<{ id: string; key: string; keyId: string }> {
  const tenant = (await (await operate(diarist, "/v1/tenants", { name, limits })).json()) as { id: string };
  const made = await operate(diarist, "/v1/keys", { name, tenant: tenant.id });
  const { id: keyId, key } = (await made.json()) as { id: string; key: string };
  return { id: tenant.id, key, keyId };
}

/** A key made by the operator, or by another key. */
export async function createKey(
  diarist: TestDiarist,
  asked: { tenant?: string; scopes?: readonly string[]; expires_at?: string },
  by?: string,
): Promise<{ id: string; key: string }> {
  const made = await operate(diarist, "/v1/keys", { name: "key", ...asked }, by);
  if (made.status !== 201) throw new Error(await made.text());
  return (await made.json()) as { id: string; key: string };
}

/** Replaces a tenant's limits. */
export async function setLimits(
  diarist: TestDiarist,
  tenant: string,
  limits: Record<string, number | null>,
): Promise<void> {
  const headers = { "content-type": "application/json" };
  const init = { method: "PATCH", body: JSON.stringify({ limits }), headers };
  const changed = await diarist.call(`/v1/tenants/${tenant}`, init, OPERATOR_KEY);
  if (changed.status !== 200) throw new Error(await changed.text());
}
