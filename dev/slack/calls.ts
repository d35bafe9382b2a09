/** What the app asked of Slack: the newest requests, for tests to look at. Secrets are not kept. */

import type { IncomingMessage } from "node:http";
import type { Numbered } from "../stand-in/newest.ts";
import { authorizationOf } from "../stand-in/serve.ts";
import type { Given } from "./arguments.ts";

const SECRET = /token|secret|^code$/;

export type CallFields = {
  at: string;
  http: string;
  /** A Web API method, or `files.download`, `files.cdn`, `files.upload`, `oauth.authorize`, `response_url`. */
  method: string;
  team: string | null;
  arguments: Given;
  /** Slack ignores these; a misspelt one does nothing. */
  unknown_arguments: string[];
  /** `null` until the answer is begun, and for good when the connection was cut instead. */
  status: number | null;
  /** `pending`, `ok`, Slack's code of a refusal, `sign_in_page`, `fault:<what>` or `client_gone`. */
  outcome: string;
  /** Why, where Slack says it. */
  messages: string[];
  authorization: "bearer" | "other" | "none";
  bytes: number;
  took_ms: number | null;
};

export type Call = Numbered<CallFields>;

/** A request that has just come. */
export function describeCall(request: IncomingMessage, method: string, at: Date): CallFields {
  return {
    at: at.toISOString(),
    http: request.method ?? "",
    method,
    team: null,
    arguments: {},
    unknown_arguments: [],
    status: null,
    outcome: "pending",
    messages: [],
    authorization: authorizationOf(request),
    bytes: 0,
    took_ms: null,
  };
}

/** The arguments with their secrets replaced. */
export function withoutSecrets(given: Given): Given {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, SECRET.test(name) ? "(secret)" : value]),
  );
}
