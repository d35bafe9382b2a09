import { type Control, createControl } from "../stand-in/control.ts";
import { type TogetherFaults, trackFaults } from "./faults.ts";
import {
  DEFAULT_SETTINGS,
  patchSchema,
  type Settings,
  type SettingsPatch,
  settingsSchema,
} from "./settings.ts";

export type TogetherControl = Control<Settings, TogetherFaults>;

/** The settings while the stand-in runs. @throws TypeError if what it starts with is wrong */
export function createTogetherControl(patch: SettingsPatch = {}): TogetherControl {
  return createControl(
    {
      settings: settingsSchema,
      patch: patchSchema,
      defaults: DEFAULT_SETTINGS,
      track: ({ faults }) => trackFaults(faults),
    },
    patch,
  );
}
