import type { ApiKey } from "../../shared/storage/tenants.ts";
import type { IngestConfig } from "./config.ts";

/** What every handler finds in its context. */
export type IngestApp = {
  Bindings: Cloudflare.IngestEnv;
  Variables: {
    requestId: string;
    config: IngestConfig;
    /** Set behind `requireKey`. */
    key: ApiKey;
    now: () => number;
  };
};
