import { SPEECH_MAX_BYTES, UPSTREAM_MAX_DIRECT_BYTES } from "../limits.ts";
import {
  deploymentUrl,
  isLoopback,
  readAddress,
  readBodyBytes,
  readSpeechApi,
  readSwitch,
  requireSettings,
} from "../settings.ts";
import { type Provider, providerAt } from "./provider.ts";

/** Which provider it is, and what it takes. */
export type UpstreamConfig = {
  provider: Provider;
  apiKey: string;
  baseUrl: string;
  /** In place of the model that a job names; null: the job's. */
  model: string | null;
  /** False: it cannot reach us, or takes no URLs, and is sent the bytes. */
  takesUrl: boolean;
  /** The largest body it takes. */
  maxBodyBytes: number;
};

type Settings = Pick<
  Cloudflare.TranscribeEnv,
  | "PUBLIC_BASE_URL"
  | "SPEECH_API"
  | "SPEECH_BASE_URL"
  | "SPEECH_MODEL"
  | "SPEECH_MAX_BYTES"
  | "SPEECH_TAKES_URL"
  | "TOGETHER_BASE_URL"
  | "DIRECT_UPLOAD_MAX_BYTES"
> & { TOGETHER_API_KEY?: string; SPEECH_API_KEY?: string };

/**
 * The speech API as it is set up (docs/operations.md, "Settings").
 * @throws SettingMissingError, SettingRangeError naming the setting
 */
export function readUpstream(env: Settings): UpstreamConfig {
  const api = readSpeechApi(env.SPEECH_API);
  if (api === "openai") return readOpenAi(env);
  requireSettings(env, ["TOGETHER_API_KEY", "TOGETHER_BASE_URL"], "transcribe");
  const baseUrl = readAddress("TOGETHER_BASE_URL", env.TOGETHER_BASE_URL);
  // The engine has one model, whatever a job names.
  const model = (api === "local" && env.SPEECH_MODEL) || null;
  return {
    provider: providerAt(api, baseUrl, model),
    apiKey: env.TOGETHER_API_KEY ?? "",
    baseUrl,
    model,
    takesUrl: !isLoopback(deploymentUrl(env.PUBLIC_BASE_URL)) || isLoopback(baseUrl),
    maxBodyBytes: readBodyBytes(
      "DIRECT_UPLOAD_MAX_BYTES",
      env.DIRECT_UPLOAD_MAX_BYTES,
      UPSTREAM_MAX_DIRECT_BYTES,
    ),
  };
}

/** A server on this machine needs no key. */
function readOpenAi(env: Settings): UpstreamConfig {
  requireSettings(env, ["SPEECH_BASE_URL", "SPEECH_MODEL"], "transcribe");
  const baseUrl = readAddress("SPEECH_BASE_URL", env.SPEECH_BASE_URL);
  return {
    provider: providerAt("openai", baseUrl, env.SPEECH_MODEL),
    apiKey: env.SPEECH_API_KEY ?? "",
    baseUrl,
    model: env.SPEECH_MODEL,
    takesUrl: readSwitch("SPEECH_TAKES_URL", env.SPEECH_TAKES_URL),
    maxBodyBytes: readBodyBytes("SPEECH_MAX_BYTES", env.SPEECH_MAX_BYTES, SPEECH_MAX_BYTES),
  };
}
