import { TENANT_CONCURRENCY_FRACTION, UPSTREAM_MAX_DIRECT_BYTES } from "../../shared/limits.ts";
import {
  deploymentUrl,
  isLoopback,
  mediaBaseUrl,
  readPartMinutes,
  readSpeechApi,
  readUpstreamConcurrency,
  requireSettings,
} from "../../shared/settings.ts";
import { type SlackHosts, slackHosts } from "../../shared/slack/hosts.ts";
import { type Ear, earAt } from "../../shared/speech/ear.ts";

export type TranscribeConfig = {
  signingKey: string;
  /** Where this deployment is reached, without a trailing slash. */
  baseUrl: string;
  /** Where signed links lead, without a trailing slash. */
  mediaBaseUrl: string;
  upstream: {
    ear: Ear;
    apiKey: string;
    baseUrl: string;
    /** False when the speech API cannot reach us: then it is sent the bytes. */
    fetchesFromUs: boolean;
    maxDirectBytes: number;
  };
  /** How long a part is; a recording not much longer is one part. */
  partSeconds: number;
  /** How many parts of one tenant may be under way at once. */
  tenantConcurrency: number;
  /** Under `npm start` only: URLs may point at loopback. */
  allowLocal: boolean;
  slack: SlackHosts;
};

/** @throws SettingMissingError naming the setting and the command that sets it. */
export function readConfig(env: Cloudflare.TranscribeEnv): TranscribeConfig {
  requireSettings(env, ["SIGNING_KEY", "TOGETHER_API_KEY", "PUBLIC_BASE_URL"], "transcribe");
  const baseUrl = deploymentUrl(env.PUBLIC_BASE_URL);
  const concurrency = readUpstreamConcurrency(env.UPSTREAM_CONCURRENCY);
  return {
    signingKey: env.SIGNING_KEY,
    baseUrl,
    mediaBaseUrl: mediaBaseUrl(env),
    upstream: {
      ear: earAt(readSpeechApi(env.SPEECH_API), env.TOGETHER_BASE_URL),
      apiKey: env.TOGETHER_API_KEY,
      baseUrl: env.TOGETHER_BASE_URL,
      fetchesFromUs: !isLoopback(baseUrl) || isLoopback(env.TOGETHER_BASE_URL),
      maxDirectBytes: Number(env.DIRECT_UPLOAD_MAX_BYTES) || UPSTREAM_MAX_DIRECT_BYTES,
    },
    partSeconds: 60 * readPartMinutes(env.PART_MINUTES),
    tenantConcurrency: Math.max(1, Math.floor(concurrency * TENANT_CONCURRENCY_FRACTION)),
    allowLocal: env.ALLOW_LOCAL_DESTINATIONS === "1",
    slack: slackHosts(env.SLACK_API_URL, env.ALLOW_LOCAL_DESTINATIONS === "1"),
  };
}
