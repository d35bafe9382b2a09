/** What the app asked of Slack: the newest requests, for tests to look at. Secrets are not kept. */

import type { Given } from "./arguments.ts";

const MAX_CALLS = 10_000;
const SECRET = /token|secret|^code$/;

export type Call = {
  n: number;
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

export type CallLog = {
  open(call: Pick<Call, "at" | "http" | "method" | "authorization">): Call;
  list(): readonly Call[];
  clear(): void;
};

export function createCallLog(): CallLog {
  let calls: Call[] = [];
  let sequence = 0;
  return {
    open(known) {
      const call: Call = {
        n: ++sequence,
        ...known,
        team: null,
        arguments: {},
        unknown_arguments: [],
        status: null,
        outcome: "pending",
        messages: [],
        bytes: 0,
        took_ms: null,
      };
      calls.push(call);
      if (calls.length > MAX_CALLS * 1.1) calls = calls.slice(-MAX_CALLS);
      return call;
    },
    list: () => calls.slice(-MAX_CALLS),
    clear() {
      calls = [];
    },
  };
}

/** Arguments as they may be looked at. */
export function withoutSecrets(given: Given): Given {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, SECRET.test(name) ? "(secret)" : value]),
  );
}
