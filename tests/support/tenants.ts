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
