import { connect, connectUnchecked } from "./connect.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { showTable } from "./show.ts";

/** `diarist keys`: the tenant's keys; the keys themselves are shown nowhere. */
export async function listKeys({ json }: { json: boolean }, signal: AbortSignal): Promise<ExitCode> {
  const { api } = await connect(signal);
  const { data } = await api.GET("/v1/keys", { signal });
  const keys = data?.data ?? [];
  if (json) for (const key of keys) console.log(JSON.stringify(key));
  else {
    const rows = keys.map((key) => [key.id, key.name, key.created_at, key.revoked_at ?? "-"]);
    console.log(showTable(["KEY", "NAME", "CREATED", "REVOKED"], rows));
  }
  return EXIT.done;
}

/** `diarist keys create`, with the operator's key: the one time that the new key is shown. */
export async function createKey(
  name: string,
  { tenant, json }: { tenant: string; json: boolean },
  signal: AbortSignal,
): Promise<ExitCode> {
  const { data } = await connectUnchecked().api.POST("/v1/keys", { body: { name, tenant }, signal });
  if (json) console.log(JSON.stringify(data));
  else {
    console.error(`${data?.id}: keep the key, it is shown this once`);
    console.log(data?.key);
  }
  return EXIT.done;
}

/** `diarist keys revoke`. */
export async function revokeKey(id: string, signal: AbortSignal): Promise<ExitCode> {
  const { api } = await connect(signal);
  await api.DELETE("/v1/keys/{id}", { params: { path: { id } }, signal });
  console.error(`${id}: revoked`);
  return EXIT.done;
}
