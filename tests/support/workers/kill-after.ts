import { createRandom } from "../../../dev/marker-speech/random.ts";
import { isThorough } from "../run/thorough.ts";

/** `npm run thorough` kills after every step; `npm test` after the first, the last and this many between them. */
const SAMPLED = 3;
/** KILL_SEED=7 chooses other steps. */
const seed = Number(process.env["KILL_SEED"] ?? 1);

/** For the message of a failed expectation. */
export const KILLS = isThorough ? "every step" : `a sample of steps, KILL_SEED=${seed}`;

/**
 * Lives once without a death, and then once for each step that is to be the last.
 * @param live a life of at most this number of steps, and what is expected after its end; gives the steps it took
 * @returns how many steps the life without a death took
 */
export async function killAfterEach(live: (most: number) => Promise<number>): Promise<number> {
  const all = await live(Number.POSITIVE_INFINITY);
  for (const step of chooseSteps(all)) await live(step);
  return all;
}

/** From 1 to `all`, in order. */
export function chooseSteps(all: number): number[] {
  const steps = Array.from({ length: all }, (_, n) => n + 1);
  if (isThorough) return steps;
  const random = createRandom(seed);
  const chosen = new Set([1, all]);
  const most = Math.min(all, SAMPLED + chosen.size);
  while (chosen.size < most) chosen.add(1 + Math.floor(random() * all));
  return steps.filter((step) => chosen.has(step));
}
