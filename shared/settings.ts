/** A setting that has no value: the message names it and the command that sets it. */
export class SettingMissingError extends Error {
  override name = "SettingMissingError";
  constructor(setting: string, worker: string) {
    super(
      `${setting} is not set. Deployed: npx wrangler secret put ${setting} --env ${worker}. Local: add ${setting}=… to .dev.vars.`,
    );
  }
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

export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname === "[::1]" || /^127\./.test(hostname);
}

/** The number of a setting that may be left out. @throws RangeError when it is no number above 0. */
export function readPositive(setting: string, fallback: number, name: string): number {
  if (setting === "") return fallback;
  const value = Number(setting);
  if (!(value > 0)) throw new RangeError(`${name} must be a number above 0, not ${setting}`);
  return value;
}
