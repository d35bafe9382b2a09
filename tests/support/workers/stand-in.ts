import { afterAll, beforeEach } from "vitest";
import type { Call } from "../../../dev/together/calls.ts";
import type { FaultAction } from "../../../dev/together/faults.ts";
import { createTogetherStandIn } from "../../../dev/together/server.ts";
import type { SettingsPatch } from "../../../dev/together/settings.ts";

type StandIn = {
  /** What TOGETHER_BASE_URL would be. */
  baseUrl: string;
  /** Every request from now on meets this, or the next `times`. */
  fault(action: FaultAction, times?: number): void;
  configure(patch: SettingsPatch): void;
  calls(): readonly Call[];
};

/** The clock stands still and no sleep lasts; every recording gives the same words, so recognising costs no time. */
export async function useStandIn(): Promise<StandIn> {
  const standIn = createTogetherStandIn({
    recognise: async () => ({
      container: "wav",
      codec: "pcm",
      duration: 1,
      heard: "markers",
      words: [{ word: "hello", start: 0.1, end: 0.4, speaker: "A" }],
      speech: [],
    }),
    now: () => new Date(0),
    sleep: async () => undefined,
    random: () => 0,
  });
  const url = await standIn.listen(0);
  beforeEach(() => {
    standIn.configure({ reset: true });
    standIn.clearCalls();
  });
  afterAll(() => standIn.close());
  return {
    baseUrl: new URL("v1", url).href,
    fault: (action, times) => standIn.configure({ faults: [{ do: action, ...(times ? { times } : {}) }] }),
    configure: (patch) => standIn.configure(patch),
    calls: () => standIn.calls(),
  };
}
