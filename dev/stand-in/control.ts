/** The settings of a running stand-in: each patch is checked, then laid over them or refused as a whole. */

import type { z } from "zod";

export type PatchResult<Settings> = { ok: true; settings: Settings } | { ok: false; message: string };

export type Control<Settings, Tracker> = {
  settings(): Settings;
  /** The count of the faults that are scripted now. */
  faults(): Tracker;
  /**
   * Takes unchecked JSON. Objects are merged key by key, all else is replaced, what is not named stays;
   * `reset: true` lays the patch over what the stand-in started with. On a mistake nothing changes.
   */
  patch(patch: unknown): PatchResult<Settings>;
  /** As `patch`. @throws TypeError on a mistake */
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
  const initial = unwrap(overlay(language, language.defaults, patch, language.defaults));
  let settings = initial;
  let tracker = language.track(settings);

  const control: Control<Settings, Tracker> = {
    settings: () => settings,
    faults: () => tracker,
    patch(patch) {
      const result = overlay(language, settings, patch, initial);
      if (result.ok) {
        settings = result.settings;
        tracker = language.track(settings);
      }
      return result;
    },
    configure: (patch) => void unwrap(control.patch(patch)),
    describe: () => ({ ...settings, counters: tracker.counters() }),
  };
  return control;
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

function overlay<Settings extends object>(
  schemas: { settings: z.ZodType<Settings>; patch: z.ZodType<{ reset?: boolean | undefined }> },
  current: Settings,
  patch: unknown,
  initial: Settings,
): PatchResult<Settings> {
  const parsed = schemas.patch.safeParse(patch);
  if (!parsed.success) return { ok: false, message: explain(parsed.error) };
  const { reset, ...given } = parsed.data;
  return { ok: true, settings: schemas.settings.parse(merge(reset ? initial : current, given)) };
}

/** A key that is given as `undefined` is as good as not given. */
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

function unwrap<Settings>(result: PatchResult<Settings>): Settings {
  if (!result.ok) throw new TypeError(`Wrong settings: ${result.message}`);
  return result.settings;
}
