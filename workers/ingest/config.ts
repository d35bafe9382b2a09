import { deploymentUrl, readPrice, requireSettings } from "../../shared/settings.ts";
import { type SlackHosts, slackHosts } from "../../shared/slack/hosts.ts";

export type IngestConfig = {
  signingKey: string;
  operatorKey: string;
  baseUrl: string;
  /** Under `npm start` only: URLs may point at loopback. */
  allowLocal: boolean;
  /** What an hour of audio costs upstream, in the operator's currency; null: nobody said. */
  pricePerHour: number | null;
  slack: SlackSettings;
};

/** Of the Slack app; `missing` names what is not set, and while there is any the rest is of no use. */
export type SlackSettings = {
  clientId: string;
  clientSecret: string;
  signingSecret: string;
  hosts: SlackHosts;
  missing: string[];
};

/** Secrets that a deployment can do without are in no list that wrangler makes types of. */
type WithSlack = Cloudflare.IngestEnv & { SLACK_CLIENT_SECRET?: string; SLACK_SIGNING_SECRET?: string };
const SLACK_SETTINGS = ["SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_SIGNING_SECRET"] as const;

/** @throws SettingMissingError naming the setting and the command that sets it. */
export function readConfig(env: Cloudflare.IngestEnv): IngestConfig {
  requireSettings(env, ["SIGNING_KEY", "OPERATOR_KEY", "PUBLIC_BASE_URL"], "ingest");
  return {
    signingKey: env.SIGNING_KEY,
    operatorKey: env.OPERATOR_KEY,
    baseUrl: deploymentUrl(env.PUBLIC_BASE_URL),
    pricePerHour: readPrice(env.UPSTREAM_PRICE_PER_HOUR),
    allowLocal: env.ALLOW_LOCAL_DESTINATIONS === "1",
    slack: readSlack(env),
  };
}

function readSlack(env: WithSlack): SlackSettings {
  return {
    clientId: env.SLACK_CLIENT_ID,
    clientSecret: env.SLACK_CLIENT_SECRET ?? "",
    signingSecret: env.SLACK_SIGNING_SECRET ?? "",
    hosts: slackHosts(env.SLACK_API_URL, env.ALLOW_LOCAL_DESTINATIONS === "1"),
    missing: SLACK_SETTINGS.filter((name) => !env[name]),
  };
}
