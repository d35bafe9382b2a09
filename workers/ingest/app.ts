import type { Context } from "hono";
import type { FoundKey } from "../../shared/storage/keys.ts";
import type { Run } from "./access/run.ts";
import type { IngestConfig } from "./config.ts";

/** What every handler finds in its context. */
export type IngestApp = {
  Bindings: Cloudflare.IngestEnv;
  Variables: {
    requestId: string;
    config: IngestConfig;
    now: () => number;
    /** Set behind `requireKey`, unless the operator calls. */
    key: FoundKey;
    /** Set behind `requireKey`: the deployment's own key was sent. */
    isOperator: boolean;
    /** Set behind `requireKey`. */
    run: Run;
  };
};

/** What code behind the routes is given. */
export type Deps = { env: Cloudflare.IngestEnv; config: IngestConfig; now: () => number };

export function depsOf(c: Context<IngestApp>): Deps {
  return { env: c.env, config: c.get("config"), now: c.get("now") };
}

/** The tenant and key in whose name the caller makes something. */
export function ownerOf(c: Context<IngestApp>): { tenantId: string; keyId: string } {
  const { tenantId, id: keyId } = c.get("key");
  return { tenantId, keyId };
}
