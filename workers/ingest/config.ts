import { deploymentUrl, requireSettings } from "../../shared/settings.ts";

export type IngestConfig = {
  signingKey: string;
  operatorKey: string;
  baseUrl: string;
  /** Under `npm start` only: URLs may point at loopback. */
  allowLocal: boolean;
};

/** @throws SettingMissingError naming the setting and the command that sets it. */
export function readConfig(env: Cloudflare.IngestEnv): IngestConfig {
  requireSettings(env, ["SIGNING_KEY", "OPERATOR_KEY", "PUBLIC_BASE_URL"], "ingest");
  return {
    signingKey: env.SIGNING_KEY,
    operatorKey: env.OPERATOR_KEY,
    baseUrl: deploymentUrl(env.PUBLIC_BASE_URL),
    allowLocal: env.ALLOW_LOCAL_DESTINATIONS === "1",
  };
}
