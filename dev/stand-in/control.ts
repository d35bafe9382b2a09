/** The settings of a running stand-in: each patch is checked, then laid over them or refused as a whole. */

import type { z } from "zod";

export type Control<Settings, Tracker> = {
  settings(): Settings;
  /** The count of the faults that are scripted now. */
  faults(): Tracker;
  /**
   * Takes unchecked JSON. Objects are merged key by key, all else is replaced, what is not named stays;
   * `reset: true` lays the patch over what the stand-in started with.
   * @throws TypeError with the place of each mistake; then nothing has changed
   */
  configure(patch: unknown): void;
  /** What `GET /control` shows: the settings, and under `counters` the count of the faults. */
  describe(): object;
};

/** Starts with `patch` laid over `defaults`. @throws TypeError if the patch is wrong */
export function createControl<Settings extends object, Tracker extends { counters(): object }>(
  language: {
    settings: z.ZodType<Settings>;
    patch: z.ZodType<{ reset?: boolean | undefined }>;
    defaults: Settings;
    track(settings: Settings): Tracker;
  },
  patch: unknown = {},
): Control<Settings, Tracker> {
  function overlay(base: Settings, patch: unknown, start: Settings): Settings {
    const parsed = language.patch.safeParse(patch);
    if (!parsed.success) throw new TypeError(explain(parsed.error));
    const { reset, ...given } = parsed.data;
    return language.settings.parse(merge(reset ? start : base, given));
  }

  const start = overlay(language.defaults, patch, language.defaults);
  let settings = start;
  let tracker = language.track(settings);
  return {
    settings: () => settings,
    faults: () => tracker,
    configure(patch) {
      settings = overlay(settings, patch, start);
      tracker = language.track(settings);
    },
    describe: () => ({ ...settings, counters: tracker.counters() }),
  };
}

/** Every complaint with the place it is about, such as `faults[0].do.status: …`. */
export function explain(error: z.ZodError): string {
  return error.issues
    .map((issue) => {
      const place = issue.path
        .map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`))
        .join("")
        .replace(/^\./, "");
      return place === "" ? issue.message : `${place}: ${issue.message}`;
    })
    .join("; ");
}

/** A key that is `undefined` counts as not given. */
function merge(base: object, patch: object): object {
  const old = new Map<string, unknown>(Object.entries(base));
  const merged = Object.entries(patch)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => {
      const before = old.get(key);
      return [key, isObject(before) && isObject(value) ? merge(before, value) : value];
    });
  return { ...base, ...Object.fromEntries(merged) };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
