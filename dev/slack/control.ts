/** Holds the settings while the stand-in runs and decides which fault a request meets. */

import { type FaultAction, type PatchResult, patchSettings, type Settings } from "./settings.ts";

export type Control = {
  settings(): Settings;
  /** Takes unchecked JSON; on a mistake nothing changes and the message says where it is. */
  patch(patch: unknown): PatchResult;
  /** Counts a request in and gives it one fault at most: the first that matches. */
  strike(request: { method: string; team: string | null }): FaultAction | undefined;
};

export function createControl(initial: Settings): Control {
  let settings = initial;
  let met: number[] = [];
  let applied: number[] = [];

  return {
    settings: () => settings,
    patch(patch) {
      const result = patchSettings(settings, patch, initial);
      if (result.ok) {
        const hasNewFaults = result.settings.faults !== settings.faults;
        settings = result.settings;
        if (hasNewFaults) [met, applied] = [[], []];
      }
      return result;
    },
    strike({ method, team }) {
      let struck: FaultAction | undefined;
      settings.faults.forEach(({ match, do: action, times }, index) => {
        const name = match?.method;
        const isMeant =
          name === undefined || (name.endsWith(".") ? method.startsWith(name) : method === name);
        if (!isMeant || (match?.team !== undefined && match.team !== team)) return;
        met[index] = (met[index] ?? 0) + 1;
        if (struck !== undefined || (applied[index] ?? 0) >= (times ?? Number.POSITIVE_INFINITY)) return;
        if (match?.nth !== undefined && ![match.nth].flat().includes(met[index])) return;
        applied[index] = (applied[index] ?? 0) + 1;
        struck = action;
      });
      return struck;
    },
  };
}
