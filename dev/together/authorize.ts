import type { IncomingMessage } from "node:http";
import { Refusal } from "./errors.ts";
import type { Deps } from "./exchange.ts";

/** Throws a `Refusal` unless the request carries a key that is accepted. */
export function authorize(request: IncomingMessage, { apiKeys }: Pick<Deps, "apiKeys">): void {
  const header = request.headers.authorization;
  if (header === undefined || header.trim() === "") throw new Refusal("missing_api_key");
  const key = /^Bearer\s+(\S+)\s*$/i.exec(header)?.[1];
  if (key === undefined) {
    throw new Refusal(/^Bearer\s*$/i.test(header) ? "missing_api_key" : "invalid_api_key");
  }
  if (apiKeys !== undefined && !apiKeys.includes(key)) throw new Refusal("invalid_api_key");
}
