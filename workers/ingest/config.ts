import { deploymentUrl, readPrice, requireSettings } from "../../shared/settings.ts";

export type IngestConfig = {
  signingKey: string;
  operatorKey: string;
  baseUrl: string;
  /** Under `npm start` only: URLs may point at loopback. */
  allowLocal: boolean;
  /** What an hour of audio costs upstream, in the operator's currency; null: nobody said. */
  pricePerHour: number | null;
};

/** @throws SettingMissingError naming the setting and the command that sets it. */
export function readConfig(env: Cloudflare.IngestEnv): IngestConfig {
  requireSettings(env, ["SIGNING_KEY", "OPERATOR_KEY", "PUBLIC_BASE_URL"], "ingest");
  return {
    signingKey: env.SIGNING_KEY,
    operatorKey: env.OPERATOR_KEY,
    baseUrl: deploymentUrl(env.PUBLIC_BASE_URL),
    pricePerHour: readPrice(env.UPSTREAM_PRICE_PER_HOUR),
    allowLocal: env.ALLOW_LOCAL_DESTINATIONS === "1",
  };
}
