/**
 * The scopes that the app asks for when it is installed, each with its reason in docs/slack.md. slack/manifest.yaml has
 * the same.
 */
export const BOT_SCOPES = [
  "app_mentions:read",
  "channels:history",
  "chat:write",
  "commands",
  "files:read",
  "files:write",
  "groups:history",
  "im:history",
  "mpim:history",
] as const;
