import type { Scope } from "../../shared/scope.ts";
import { connectUnchecked } from "./connect.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { readPages } from "./read-pages.ts";
import { showTable } from "./show.ts";

/** `diarist keys`: the tenant's keys, without the secrets. */
export async function listKeys({ json }: { json: boolean }, signal: AbortSignal): Promise<ExitCode> {
  const { api } = connectUnchecked();
  const keys = await readPages(Number.POSITIVE_INFINITY, (query) =>
    api.GET("/v1/keys", { params: { query }, signal }),
  );
  if (json) for (const key of keys) console.log(JSON.stringify(key));
  else {
    const rows = keys.map((key) => [
      key.id,
      key.name,
      key.scopes.join(" "),
      key.last_used_at ?? "-",
      key.expires_at ?? "-",
      key.revoked_at ?? "-",
    ]);
    console.log(showTable(["KEY", "NAME", "SCOPES", "LAST USED", "EXPIRES", "REVOKED"], rows));
  }
  return EXIT.done;
}

type NewKey = { tenant?: string; scopes?: Scope[]; expires?: string; json: boolean };

/** `diarist keys create`: shows the new key, only this once. */
export async function createKey(
  name: string,
  { tenant, scopes, expires, json }: NewKey,
  signal: AbortSignal,
): Promise<ExitCode> {
  const body = {
    name,
    ...(tenant === undefined ? {} : { tenant }),
    ...(scopes === undefined ? {} : { scopes }),
    ...(expires === undefined ? {} : { expires_at: expires }),
  };
  const { data } = await connectUnchecked().api.POST("/v1/keys", { body, signal });
  if (json) console.log(JSON.stringify(data));
  else {
    console.error(`${data?.id}: keep the key, it is shown only once`);
    console.log(data?.key);
  }
  return EXIT.done;
}

/** `diarist keys revoke`. */
export async function revokeKey(id: string, signal: AbortSignal): Promise<ExitCode> {
  await connectUnchecked().api.DELETE("/v1/keys/{id}", { params: { path: { id } }, signal });
  console.error(`${id}: revoked`);
  return EXIT.done;
}
