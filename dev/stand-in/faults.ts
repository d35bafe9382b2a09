/** What the languages of faults have in common, and the count that decides which fault a request meets. Pure. */

import { z } from "zod";

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;
/** What Node allows in a header; anything else would fail only when the fault strikes. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

export const positive = z.int().min(1);
export const seconds = z.number().min(0).max(3600);
/** A request's place, from 1, or several. */
export const nth = z.union([positive, z.array(positive).min(1)]);
export const status = z.int().min(200).max(599);
export const headers = z.record(
  z.string().regex(HEADER_NAME, "not a header name"),
  z.union([z.string().regex(HEADER_VALUE, "not a header value"), z.number()]).transform(String),
);

type AnyFault = {
  match?: { nth?: number | number[] | undefined; every?: number | undefined } | undefined;
  do: object;
  times?: number | undefined;
};

export type FaultTracker<Request, Sighting, Action> = {
  /** Counts a request in. What it gives is asked as more is known of the request, and names one fault at most. */
  begin(request: Request): (sighting: Sighting) => Action | undefined;
  /** How many requests came, and how often each fault was applied, since the settings changed. */
  counters(): { requests: number; applied: number[] };
};

/** Follows one list of faults. A change of settings makes a new tracker, so all counting starts again. */
export function trackFaults<Fault extends AnyFault, Request, Sighting>(
  faults: readonly Fault[],
  rules: {
    /** Whether the request is one of those that the fault's `nth` and `every` count. */
    counts(fault: Fault, request: Request): boolean;
    /** Whether the fault strikes at this sighting, `nth`, `every` and `times` aside. */
    fits(fault: Fault, request: Request, sighting: Sighting): boolean;
  },
): FaultTracker<Request, Sighting, Fault["do"]> {
  const tracked = faults.map((fault) => ({ fault, counted: 0, applied: 0 }));
  let requests = 0;
  return {
    begin(request) {
      requests += 1;
      const candidates = tracked.filter((entry) => {
        if (!rules.counts(entry.fault, request)) return false;
        entry.counted += 1;
        const { nth, every } = entry.fault.match ?? {};
        return (
          (nth === undefined || [nth].flat().includes(entry.counted)) &&
          (every === undefined || entry.counted % every === 0)
        );
      });
      let isStruck = false;
      return (sighting) => {
        if (isStruck) return undefined;
        const met = candidates.find(
          ({ fault, applied }) =>
            applied < (fault.times ?? Number.POSITIVE_INFINITY) && rules.fits(fault, request, sighting),
        );
        if (met === undefined) return undefined;
        isStruck = true;
        met.applied += 1;
        return met.fault.do;
      };
    },
    counters: () => ({ requests, applied: tracked.map(({ applied }) => applied) }),
  };
}
