/**
 * The language faults are scripted in, and the book-keeping that decides which one a request meets.
 * Pure: it says what should happen; `reply.ts` and the routes do it.
 */

import { z } from "zod";

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;
/** What Node lets into a header; anything else would fail only when the fault strikes. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const positive = z.int().min(1);
const seconds = z.number().min(0).max(3600);

const matchSchema = z.strictObject({
  /** The request's place, from 1, among the audio requests since the last change of settings. */
  nth: z.union([positive, z.array(positive).min(1)]).optional(),
  every: positive.optional(),
  path: z.string().min(1).optional(),
  /** Part of the upload's filename, or of the URL. */
  file: z.string().min(1).optional(),
  model: z.string().min(1).optional(),
  /** Audio longer than this. */
  min_seconds: z.number().min(0).optional(),
});

const KINDS = [
  "json_error",
  "html413",
  "html524",
  "html200",
  "empty200",
  "cutoff",
  "slow_body",
  "drop",
  "drop_mid_upload",
] as const;

const actionSchema = z
  .strictObject({
    kind: z.enum(KINDS).optional(),
    status: z.int().min(200).max(599).optional(),
    headers: z
      .record(
        z.string().regex(HEADER_NAME, "not a header name"),
        z.union([z.string().regex(HEADER_VALUE, "not a header value"), z.number()]).transform(String),
      )
      .optional(),
    body: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
    slug: z.string().min(1).optional(),
    message: z.string().optional(),
    delay_seconds: seconds.optional(),
    body_seconds: seconds.optional(),
    after_bytes: z.int().min(0).optional(),
  })
  .superRefine((action, context) => {
    const complain = (key: string, message: string) =>
      context.addIssue({ code: "custom", path: [key], message });
    const { kind } = action;
    if (Object.keys(action).length === 0) complain("kind", "an empty `do` does nothing");
    if (kind !== undefined && kind !== "json_error" && action.status !== undefined) {
      complain("status", `${kind} brings its own status`);
    }
    if (action.body !== undefined && kind !== undefined) complain("body", `${kind} brings its own body`);
    const isError = kind === "json_error" || (kind === undefined && (action.status ?? 0) >= 400);
    if ((action.slug ?? action.message) !== undefined && (!isError || action.body !== undefined)) {
      complain(
        "slug",
        "slug and message belong to a JSON error (kind json_error, or a bare status of 400 and up)",
      );
    }
    if (action.body_seconds !== undefined && kind !== "slow_body") {
      complain("body_seconds", "belongs to kind slow_body");
    }
    if (action.after_bytes !== undefined && kind !== "drop_mid_upload") {
      complain("after_bytes", "belongs to kind drop_mid_upload");
    }
  });

export const faultSchema = z
  .strictObject({ match: matchSchema.optional(), do: actionSchema, times: positive.optional() })
  .superRefine((fault, context) => {
    if (fault.do.kind === "drop_mid_upload" && needs(fault.match) !== "nothing") {
      const message = "drop_mid_upload strikes before the file, the model and the length are known";
      context.addIssue({ code: "custom", path: ["match"], message });
    }
  });

export type Fault = z.infer<typeof faultSchema>;
export type FaultAction = Fault["do"];

/** What is known of a request when faults are looked up: little on arrival, all once the audio was heard. */
export type Sighting =
  | { moment: "arrival" }
  | { moment: "read"; file: string; model: string }
  | { moment: "heard"; file: string; model: string; audioSeconds: number };

export type FaultTracker = {
  /** Counts a request in; the answer is asked at each moment and gives each request one fault at most. */
  begin(path: string): (sighting: Sighting) => FaultAction | undefined;
  /** How many audio requests came, and how often each fault was applied, since the settings changed. */
  counters(): { requests: number; applied: number[] };
};

/** Follows one list of faults. A change of settings makes a new tracker, so all counting starts again. */
export function trackFaults(faults: readonly Fault[]): FaultTracker {
  let requests = 0;
  const applied = faults.map(() => 0);

  return {
    begin(path) {
      requests += 1;
      const nth = requests;
      let struck = false;
      return (sighting) => {
        if (struck) return undefined;
        const index = faults.findIndex(
          (fault, at) =>
            momentOf(fault) === sighting.moment &&
            (applied[at] ?? 0) < (fault.times ?? Number.POSITIVE_INFINITY) &&
            matches(fault, path, nth, sighting),
        );
        const fault = faults[index];
        if (fault === undefined) return undefined;
        struck = true;
        applied[index] = (applied[index] ?? 0) + 1;
        return fault.do;
      };
    },
    counters: () => ({ requests, applied: [...applied] }),
  };
}

/** A fault strikes as soon as all its match asks for is known, but only a dropped line strikes before the body is read. */
function momentOf(fault: Fault): Sighting["moment"] {
  if (needs(fault.match) === "audio") return "heard";
  const drops = fault.do.kind === "drop" || fault.do.kind === "drop_mid_upload";
  return drops && needs(fault.match) === "nothing" ? "arrival" : "read";
}

function needs(match: Fault["match"]): "nothing" | "body" | "audio" {
  if (match?.min_seconds !== undefined) return "audio";
  return match?.file !== undefined || match?.model !== undefined ? "body" : "nothing";
}

function matches({ match }: Fault, path: string, nth: number, sighting: Sighting): boolean {
  if (match === undefined) return true;
  if (match.nth !== undefined && ![match.nth].flat().includes(nth)) return false;
  if (match.every !== undefined && nth % match.every !== 0) return false;
  if (match.path !== undefined && !path.includes(match.path)) return false;
  if (sighting.moment === "arrival") return true;
  if (match.file !== undefined && !sighting.file.includes(match.file)) return false;
  if (match.model !== undefined && sighting.model !== match.model) return false;
  if (sighting.moment === "read") return true;
  return match.min_seconds === undefined || sighting.audioSeconds > match.min_seconds;
}
