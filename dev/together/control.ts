/** Holds the settings while the stand-in runs, and starts counting anew whenever they change. */

import { type FaultTracker, trackFaults } from "./faults.ts";
import { type PatchResult, patchSettings, type Settings } from "./settings.ts";

export type Control = {
  settings(): Settings;
  faults(): FaultTracker;
  /** Takes unchecked JSON; on a mistake nothing changes and the message says where it is. */
  patch(patch: unknown): PatchResult;
  /** What `GET /control` shows. */
  describe(): object;
};

export function createControl(initial: Settings): Control {
  let settings = initial;
  let tracker = trackFaults(settings.faults);
  return {
    settings: () => settings,
    faults: () => tracker,
    patch(patch) {
      const result = patchSettings(settings, patch, initial);
      if (result.ok) {
        settings = result.settings;
        tracker = trackFaults(settings.faults);
      }
      return result;
    },
    describe: () => ({ ...settings, counters: tracker.counters() }),
  };
}
