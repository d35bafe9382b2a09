import { type Control, createControl } from "../stand-in/control.ts";
import { type FaultTracker, trackFaults } from "../stand-in/faults.ts";
import {
  DEFAULT_SETTINGS,
  type Fault,
  type FaultAction,
  patchSchema,
  type Settings,
  type SettingsPatch,
  settingsSchema,
} from "./settings.ts";

type Request = { method: string; team: string | null };

export type SlackControl = Control<Settings, FaultTracker<Request, void, FaultAction>>;

/** The settings while the stand-in runs. @throws TypeError if what it starts with is wrong */
export function createSlackControl(patch: SettingsPatch = {}): SlackControl {
  return createControl(
    {
      settings: settingsSchema,
      patch: patchSchema,
      defaults: DEFAULT_SETTINGS,
      track: ({ faults }) => trackFaults(faults, { counts, fits: () => true }),
    },
    patch,
  );
}

function counts({ match }: Fault, { method, team }: Request): boolean {
  const name = match?.method ?? method;
  const isNamed = name.endsWith(".") ? method.startsWith(name) : method === name;
  return isNamed && (match?.team === undefined || match.team === team);
}
