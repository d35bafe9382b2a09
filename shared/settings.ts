import { DEFAULT_PART_MINUTES, DEFAULT_UPSTREAM_CONCURRENCY } from "./limits.ts";
import type { SpeechApi } from "./speech/ear.ts";

/** A setting that has no value: the message names it and the command that sets it. */
export class SettingMissingError extends Error {
  override name = "SettingMissingError";
  constructor(setting: string, worker: string) {
    super(
      `${setting} is not set. Deployed: npx wrangler secret put ${setting} --env ${worker}. Local: add ${setting}=… to .dev.vars.`,
    );
  }
}

/** A setting with an unusable value: the message names it and the values allowed. */
class SettingRangeError extends Error {
  override name = "SettingRangeError";
}

/** @throws SettingMissingError for the first of `names` that has no value. */
export function requireSettings<Env extends object>(
  env: Env,
  names: (keyof Env & string)[],
  worker: string,
): void {
  for (const name of names) if (!env[name]) throw new SettingMissingError(name, worker);
}

/** The address without a trailing slash. @throws TypeError when it is no URL. */
export function deploymentUrl(setting: string): string {
  return new URL(setting).href.replace(/\/$/, "");
}

/** Where signed links lead: to a host of their own if one is set, so that no file shares an origin with the page. */
export function mediaBaseUrl(env: { MEDIA_BASE_URL: string; PUBLIC_BASE_URL: string }): string {
  return deploymentUrl(env.MEDIA_BASE_URL || env.PUBLIC_BASE_URL);
}

export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}

/** @throws SettingRangeError when it is no number from 0.1 to 120. */
export function readPartMinutes(setting: string | undefined): number {
  return readNumber("PART_MINUTES", setting || String(DEFAULT_PART_MINUTES), { least: 0.1, most: 120 });
}

/** Cloudflare runs up to 250 consumers of a queue at once. @throws SettingRangeError when it is no number from 1 to 250. */
export function readUpstreamConcurrency(setting: string | undefined): number {
  const fallback = String(DEFAULT_UPSTREAM_CONCURRENCY);
  return Math.floor(readNumber("UPSTREAM_CONCURRENCY", setting || fallback, { least: 1, most: 250 }));
}

/** @throws SettingRangeError when it is no number from 0 to 1,000. */
export function readPrice(setting: string | undefined): number | null {
  return setting ? readNumber("UPSTREAM_PRICE_PER_HOUR", setting, { least: 0, most: 1_000 }) : null;
}

/** The kinds that can be asked today. */
const USABLE_APIS = ["together", "stand-in"] as const;

/** @throws SettingRangeError when it is none that can be asked */
export function readSpeechApi(setting: string | undefined): SpeechApi {
  const api = USABLE_APIS.find((one) => one === (setting || "together"));
  if (api) return api;
  throw new SettingRangeError(`SPEECH_API must be ${USABLE_APIS.join(" or ")}, not "${setting}"`);
}

function readNumber(name: string, setting: string, { least, most }: { least: number; most: number }): number {
  const value = Number(setting);
  if (value >= least && value <= most) return value;
  throw new SettingRangeError(`${name} must be a number from ${least} to ${most}, not "${setting}"`);
}
