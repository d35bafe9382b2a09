import { dismiss, openByteSource } from "../../../shared/byte-source.ts";

/** Many clients send all before they listen: what was not read of a refused body would close the connection on them. */
export async function dismissBody({ body, bodyUsed }: Request): Promise<void> {
  if (body && !bodyUsed) await dismiss(openByteSource(body));
}
