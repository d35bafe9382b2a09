/** What an API key may be for; docs/api.md says what each opens. */
export const SCOPES = ["jobs:write", "jobs:read", "webhooks", "keys", "usage"] as const;
export type Scope = (typeof SCOPES)[number];
