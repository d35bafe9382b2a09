import { joinSigningKeys } from "../../shared/secrets/signing-keys.ts";
import { deploymentUrl, mediaBaseUrl, requireSettings } from "../../shared/settings.ts";
import { type SlackHosts, slackHosts } from "../../shared/slack/hosts.ts";

export type NotifyConfig = {
  signingKey: string;
  baseUrl: string;
  /** Where signed links lead, without a trailing slash. */
  mediaBaseUrl: string;
  /** Under `npm start` only: URLs may point at loopback. */
  allowLocal: boolean;
  slack: SlackHosts;
};

/** @throws SettingMissingError naming the setting and the command that sets it. */
export function readConfig(env: Cloudflare.NotifyEnv): NotifyConfig {
  requireSettings(env, ["SIGNING_KEY", "PUBLIC_BASE_URL"], "notify");
  return {
    signingKey: joinSigningKeys(env),
    baseUrl: deploymentUrl(env.PUBLIC_BASE_URL),
    mediaBaseUrl: mediaBaseUrl(env),
    allowLocal: env.ALLOW_LOCAL_DESTINATIONS === "1",
    slack: slackHosts(env.SLACK_API_URL, env.ALLOW_LOCAL_DESTINATIONS === "1"),
  };
}
