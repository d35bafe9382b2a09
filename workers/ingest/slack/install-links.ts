import { hashKey } from "../../../shared/secrets/api-key.ts";

const SECRET_BYTES = 32;

/** A secret for a link or a `state`, and the hash that is stored instead. */
export async function makeInstallSecret(): Promise<{ secret: string; hash: string }> {
  const secret = Buffer.from(crypto.getRandomValues(new Uint8Array(SECRET_BYTES))).toString("base64url");
  return { secret, hash: await hashKey(secret) };
}
