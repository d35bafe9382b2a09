import type { CallKey } from "../../shared/secrets/signed-link.ts";

/** Which call a signed link was made for: the primary key of its row in the ledger. Null: the link is not for a call. */
export function callKeyOf(url: string): CallKey | null {
  const [, payload = ""] = /\/media\/([^./]+)\./.exec(url) ?? [];
  if (payload === "") return null;
  const grant = JSON.parse(Buffer.from(payload, "base64url").toString()) as { call?: CallKey }; // signLink wrote it
  return grant.call ?? null;
}
