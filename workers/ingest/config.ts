import { joinSigningKeys } from "../../shared/secrets/signing-keys.ts";
import {
  deploymentUrl,
  mediaBaseUrl,
  readPrice,
  readSpeechApi,
  requireSettings,
} from "../../shared/settings.ts";
import { type SlackHosts, slackHosts } from "../../shared/slack/hosts.ts";
import type { SpeechApi } from "../../shared/speech/provider.ts";

export type IngestConfig = {
  signingKey: string;
  operatorKey: string;
  baseUrl: string;
  /** Where signed links lead, without a trailing slash. */
  mediaBaseUrl: string;
  /** URLs may point at loopback. Under `npm start` only. */
  allowLocal: boolean;
  /** The upstream price of an hour of audio, in the operator's currency; null: not set. */
  pricePerHour: number | null;
  /** Which speech API the transcribe Worker has. */
  speechApi: SpeechApi;
  slack: SlackSettings;
};

/** Settings of the Slack app. `missing` names those that are not set; unless it is empty, do not use the others. */
type SlackSettings = {
  clientId: string;
  clientSecret: string;
  signingSecret: string;
  hosts: SlackHosts;
  missing: string[];
};

/** Optional secrets are in no list from which wrangler makes types. */
type WithSlack = Cloudflare.IngestEnv & { SLACK_CLIENT_SECRET?: string; SLACK_SIGNING_SECRET?: string };
const SLACK_SETTINGS = ["SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_SIGNING_SECRET"] as const;

/** @throws SettingMissingError naming the setting and the command that sets it. */
export function readConfig(env: Cloudflare.IngestEnv): IngestConfig {
  requireSettings(env, ["SIGNING_KEY", "OPERATOR_KEY", "PUBLIC_BASE_URL"], "ingest");
  return {
    signingKey: joinSigningKeys(env),
    operatorKey: env.OPERATOR_KEY,
    baseUrl: deploymentUrl(env.PUBLIC_BASE_URL),
    mediaBaseUrl: mediaBaseUrl(env),
    pricePerHour: readPrice(env.UPSTREAM_PRICE_PER_HOUR),
    allowLocal: env.ALLOW_LOCAL_DESTINATIONS === "1",
    speechApi: readSpeechApi(env.SPEECH_API),
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
