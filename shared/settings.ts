import { DEFAULT_PART_MINUTES, DEFAULT_UPSTREAM_CONCURRENCY } from "./limits.ts";
import { SPEECH_APIS, type SpeechApi } from "./speech/provider.ts";

/** A setting that has no value: the message names it and the command that sets it. */
export class SettingMissingError extends Error {
  override name = "SettingMissingError";
  constructor(setting: string, worker: string) {
    super(
      `${setting} is not set. Deployed: ${setting}=… npm run deploy, or for a secret npx wrangler secret put ${setting} --env ${worker}. Local: add ${setting}=… to .dev.vars.`,
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

/** @throws SettingRangeError when it is no http or https address */
export function readAddress(name: string, setting: string): string {
  const url = URL.canParse(setting) ? new URL(setting) : null;
  if (url?.protocol === "https:" || url?.protocol === "http:") return deploymentUrl(setting);
  throw new SettingRangeError(`${name} must be an http or https address, not "${setting}"`);
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

/** Below it no part could be cut. @throws SettingRangeError when it is no number of bytes from 1,000,000 to 1 GB. */
export function readBodyBytes(name: string, setting: string | undefined, fallback: number): number {
  return readNumber(name, setting || String(fallback), { least: 1_000_000, most: 1_000_000_000 });
}

/** @throws SettingRangeError when it is neither `1` nor `0` nor empty. */
export function readSwitch(name: string, setting: string | undefined): boolean {
  if (setting === "1") return true;
  if (!setting || setting === "0") return false;
  throw new SettingRangeError(`${name} must be 1 or 0, not "${setting}"`);
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

/** @throws SettingRangeError when it is none */
export function readSpeechApi(setting: string | undefined): SpeechApi {
  const api = SPEECH_APIS.find((one) => one === (setting || "together"));
  if (api) return api;
  throw new SettingRangeError(`SPEECH_API must be one of ${SPEECH_APIS.join(", ")}, not "${setting}"`);
}

function readNumber(name: string, setting: string, { least, most }: { least: number; most: number }): number {
  const value = Number(setting);
  if (value >= least && value <= most) return value;
  throw new SettingRangeError(`${name} must be a number from ${least} to ${most}, not "${setting}"`);
}
