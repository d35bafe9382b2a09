import { TENANT_CONCURRENCY_FRACTION } from "../../shared/limits.ts";
import { joinSigningKeys } from "../../shared/secrets/signing-keys.ts";
import {
  deploymentUrl,
  mediaBaseUrl,
  readPartMinutes,
  readUpstreamConcurrency,
  requireSettings,
} from "../../shared/settings.ts";
import { type SlackHosts, slackHosts } from "../../shared/slack/hosts.ts";
import { readUpstream, type UpstreamConfig } from "../../shared/speech/upstream-config.ts";

export type TranscribeConfig = {
  signingKey: string;
  /** Where this deployment is reached, without a trailing slash. */
  baseUrl: string;
  /** Where signed links lead, without a trailing slash. */
  mediaBaseUrl: string;
  upstream: UpstreamConfig;
  /** How long a part is, if the operator says so; a recording not much longer is one part. */
  partSeconds: number | null;
  /** How many parts of one tenant may be under way at once. */
  tenantConcurrency: number;
  /** Under `npm start` only: URLs may point at loopback. */
  allowLocal: boolean;
  slack: SlackHosts;
};

/** @throws SettingMissingError naming the setting and the command that sets it. */
export function readConfig(env: Cloudflare.TranscribeEnv): TranscribeConfig {
  requireSettings(env, ["SIGNING_KEY", "PUBLIC_BASE_URL"], "transcribe");
  const concurrency = readUpstreamConcurrency(env.UPSTREAM_CONCURRENCY);
  return {
    signingKey: joinSigningKeys(env),
    baseUrl: deploymentUrl(env.PUBLIC_BASE_URL),
    mediaBaseUrl: mediaBaseUrl(env),
    upstream: readUpstream(env),
    partSeconds: env.PART_MINUTES ? 60 * readPartMinutes(env.PART_MINUTES) : null,
    tenantConcurrency: Math.max(1, Math.floor(concurrency * TENANT_CONCURRENCY_FRACTION)),
    allowLocal: env.ALLOW_LOCAL_DESTINATIONS === "1",
    slack: slackHosts(env.SLACK_API_URL, env.ALLOW_LOCAL_DESTINATIONS === "1"),
  };
}
