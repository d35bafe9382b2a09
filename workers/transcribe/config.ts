import {
  SPEECH_MAX_BYTES,
  TENANT_CONCURRENCY_FRACTION,
  UPSTREAM_MAX_DIRECT_BYTES,
} from "../../shared/limits.ts";
import {
  deploymentUrl,
  isLoopback,
  mediaBaseUrl,
  readBodyBytes,
  readPartMinutes,
  readSpeechApi,
  readSwitch,
  readUpstreamConcurrency,
  requireSettings,
} from "../../shared/settings.ts";
import { type SlackHosts, slackHosts } from "../../shared/slack/hosts.ts";
import { type Ear, earAt } from "../../shared/speech/ear.ts";

/** Whose ear it is, and what it takes. */
export type UpstreamConfig = {
  ear: Ear;
  apiKey: string;
  baseUrl: string;
  /** In place of the model that a job names; null: the job's. */
  model: string | null;
  /** False: it cannot reach us, or takes no URLs, and is sent the bytes. */
  takesUrl: boolean;
  /** The largest body it takes. */
  maxBodyBytes: number;
};

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
    signingKey: env.SIGNING_KEY,
    baseUrl: deploymentUrl(env.PUBLIC_BASE_URL),
    mediaBaseUrl: mediaBaseUrl(env),
    upstream: readSpeech(env),
    partSeconds: env.PART_MINUTES ? 60 * readPartMinutes(env.PART_MINUTES) : null,
    tenantConcurrency: Math.max(1, Math.floor(concurrency * TENANT_CONCURRENCY_FRACTION)),
    allowLocal: env.ALLOW_LOCAL_DESTINATIONS === "1",
    slack: slackHosts(env.SLACK_API_URL, env.ALLOW_LOCAL_DESTINATIONS === "1"),
  };
}

function readSpeech(env: Cloudflare.TranscribeEnv): UpstreamConfig {
  const api = readSpeechApi(env.SPEECH_API);
  if (api === "openai") return readOpenAi(env);
  requireSettings(env, ["TOGETHER_API_KEY", "TOGETHER_BASE_URL"], "transcribe");
  const baseUrl = deploymentUrl(env.TOGETHER_BASE_URL);
  return {
    ear: earAt(api, baseUrl),
    apiKey: env.TOGETHER_API_KEY,
    baseUrl,
    model: null,
    takesUrl: !isLoopback(deploymentUrl(env.PUBLIC_BASE_URL)) || isLoopback(baseUrl),
    maxBodyBytes: readBodyBytes(
      "DIRECT_UPLOAD_MAX_BYTES",
      env.DIRECT_UPLOAD_MAX_BYTES,
      UPSTREAM_MAX_DIRECT_BYTES,
    ),
  };
}

/** A server on this machine needs no key. */
function readOpenAi(env: Cloudflare.TranscribeEnv & { SPEECH_API_KEY?: string }): UpstreamConfig {
  requireSettings(env, ["SPEECH_BASE_URL", "SPEECH_MODEL"], "transcribe");
  const baseUrl = deploymentUrl(env.SPEECH_BASE_URL);
  return {
    ear: earAt("openai", baseUrl, env.SPEECH_MODEL),
    apiKey: env.SPEECH_API_KEY ?? "",
    baseUrl,
    model: env.SPEECH_MODEL,
    takesUrl: readSwitch("SPEECH_TAKES_URL", env.SPEECH_TAKES_URL),
    maxBodyBytes: readBodyBytes("SPEECH_MAX_BYTES", env.SPEECH_MAX_BYTES, SPEECH_MAX_BYTES),
  };
}
