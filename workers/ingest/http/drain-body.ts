import { drain, openByteSource } from "../../../shared/byte-source.ts";

/** Many clients send all before they listen: what was not read of a refused body would close the connection on them. */
export async function drainBody({ body, bodyUsed }: Request): Promise<void> {
  if (body && !bodyUsed) await drain(openByteSource(body));
}
