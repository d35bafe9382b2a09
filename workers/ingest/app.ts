import type { IdempotentRequest } from "../../shared/storage/idempotency.ts";
import type { FoundKey } from "../../shared/storage/keys.ts";
import type { IngestConfig } from "./config.ts";
import type { Content } from "./multipart/content-hash.ts";

/** What every handler finds in its context. */
export type IngestApp = {
  Bindings: Cloudflare.IngestEnv;
  Variables: {
    requestId: string;
    config: IngestConfig;
    /** Set behind `requireKey`, unless the operator calls. */
    key: FoundKey;
    /** Set behind `requireKey`: the deployment's own key was sent. */
    isOperator: boolean;
    /** The request's Idempotency-Key, when it has one and it is this run's turn. */
    idempotent: IdempotentRequest | undefined;
    /** SHA-256, hex, of what a streamed body held, as idempotent-content.ts has it. */
    content: string | undefined;
    /** The body, when it was read to be compared. */
    read: Content | undefined;
    /** How many more the tenant may store, when it has a limit. */
    bytesLeft: number | undefined;
    /** The job that this request is about or has made, for the log. */
    jobId: string | undefined;
    now: () => number;
  };
};
