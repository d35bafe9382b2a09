import type { Scope } from "../../../shared/scope.ts";

/** A tenant's key with this scope, or the operator's key. */
export type Caller = Scope | "operator";

type Rule = { path: string; read: readonly Caller[]; write: readonly Caller[] };

/**
 * Who may call what: any caller named, by the first rule whose path the request's path begins with. Reading is GET and
 * HEAD. A key that may create uploads may also see how far they have come: without that none can be resumed.
 */
const RULES: readonly Rule[] = [
  { path: "/v1/tenants", read: ["operator"], write: ["operator"] },
  { path: "/v1/stats", read: ["operator"], write: ["operator"] },
  { path: "/v1/keys", read: ["keys", "operator"], write: ["keys", "operator"] },
  // People in a connected workspace act with the scopes of the key that connected it.
  { path: "/v1/slack", read: ["keys"], write: ["keys"] },
  { path: "/v1/usage", read: ["usage", "operator"], write: [] },
  { path: "/v1/webhooks", read: ["webhooks"], write: ["webhooks"] },
  { path: "/v1/events", read: ["webhooks"], write: ["webhooks"] },
  { path: "/v1/uploads", read: ["jobs:read", "jobs:write"], write: ["jobs:write"] },
  { path: "/v1/jobs", read: ["jobs:read"], write: ["jobs:write"] },
  { path: "/v1/search", read: ["jobs:read"], write: [] },
  { path: "/v1/audio", read: ["jobs:read"], write: ["jobs:write"] },
];

/**
 * What gives something away that other scopes open: the caller needs all of these as well, or a key could do more through
 * what it makes than by itself. An endpoint is sent links to transcripts, and so is a `webhook_url` of another job of the same
 * recording.
 */
const GIVEN: readonly { method: string; path: RegExp; scopes: readonly Scope[] }[] = [
  { method: "POST", path: /^\/v1\/jobs\/[^/]+\/share$/, scopes: ["jobs:read"] },
  { method: "POST", path: /^\/v1\/jobs\/[^/]+\/transcribe-again$/, scopes: ["jobs:read"] },
  { method: "POST", path: /^\/v1\/webhooks\/endpoints$/, scopes: ["jobs:read"] },
  { method: "POST", path: /^\/v1\/slack\/install-links$/, scopes: ["jobs:read", "jobs:write"] },
];

/** What a request gives away; its caller needs these scopes beside the one that `whoMay` names. */
export function scopesGiven(method: string, path: string): readonly Scope[] {
  return GIVEN.find((one) => one.method === method && one.path.test(path))?.scopes ?? [];
}

/** Empty when there is no rule: nobody may. */
export function whoMay(method: string, path: string): readonly Caller[] {
  const rule = RULES.find((one) => path === one.path || path.startsWith(`${one.path}/`));
  if (!rule) return [];
  return method === "GET" || method === "HEAD" ? rule.read : rule.write;
}
