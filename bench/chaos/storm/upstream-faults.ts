import { pick, type Random } from "../../../dev/marker-speech/random.ts";
import type { TogetherStandInOptions } from "../../../dev/together/server.ts";
import { callKeyOf } from "../call-key.ts";

export type FaultFor = NonNullable<TogetherStandInOptions["faultFor"]>;
type Fault = NonNullable<ReturnType<FaultFor>>;

/** The share of calls that meet one. */
const SHARE = 0.25;

/** Asks to wait: costs nothing, and may come any number of times. */
const WAIT: [Fault, ...Fault[]] = [
  { status: 429, headers: { "retry-after": "1" } },
  { status: 503, headers: { "retry-after": "1" } },
];
/** Fails before the work. */
const FAIL: [Fault, ...Fault[]] = [
  { status: 500 },
  { status: 504 },
  { kind: "html524" },
  { kind: "empty200" },
  { kind: "html200" },
];
/** Breaks the connection: after the work, in the middle of the answer, or before anything. */
const BREAK: [Fault, ...Fault[]] = [{ kind: "drop" }, { kind: "cutoff" }];

/**
 * Faults of the speech API by chance. Each part meets one failure at most, whichever of its calls it is: the second one
 * ends a job of one part, as it should.
 */
export function upstreamFaults(random: Random): FaultFor {
  const failed = new Set<string>();
  return ({ moment, file }) => {
    if (random() >= SHARE / 2) return undefined;
    if (moment === "read" && random() < 0.4) return pick(random, WAIT);
    const [jobId, , n] = callKeyOf(file) ?? [];
    const part = `${jobId} ${n}`;
    if (failed.has(part)) return undefined;
    failed.add(part);
    return pick(random, moment === "read" ? [...FAIL, ...BREAK] : BREAK);
  };
}
