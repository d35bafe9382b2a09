/** What an API key may be used for; docs/api.md says what each scope allows. */
export const SCOPES = ["jobs:write", "jobs:read", "webhooks", "keys", "usage"] as const;
export type Scope = (typeof SCOPES)[number];
