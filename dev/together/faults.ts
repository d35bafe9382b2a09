/** The language faults are scripted in, and when in a request each can strike. Pure: the routes carry them out. */

import { z } from "zod";
import * as kit from "../stand-in/faults.ts";

const matchSchema = z.strictObject({
  /** The request's place, from 1, among the audio requests since the last change of settings. */
  nth: kit.nth.optional(),
  every: kit.positive.optional(),
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
    status: kit.status.optional(),
    headers: kit.headers.optional(),
    body: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
    slug: z.string().min(1).optional(),
    message: z.string().optional(),
    delay_seconds: kit.seconds.optional(),
    body_seconds: kit.seconds.optional(),
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
  .strictObject({ match: matchSchema.optional(), do: actionSchema, times: kit.positive.optional() })
  .superRefine((fault, context) => {
    if (fault.do.kind === "drop_mid_upload" && needs(fault.match) !== "nothing") {
      const message = "drop_mid_upload strikes before the file, the model and the length are known";
      context.addIssue({ code: "custom", path: ["match"], message });
    }
  });

export type Fault = z.infer<typeof faultSchema>;
export type FaultAction = Fault["do"];

/** What is known of a request when faults are looked up: little on arrival, all once the audio was heard. */
type Sighting =
  | { moment: "arrival" }
  | { moment: "read"; file: string; model: string }
  | { moment: "heard"; file: string; model: string; audioSeconds: number };

export type TogetherFaults = kit.FaultTracker<string, Sighting, FaultAction>;

/** Follows one list of faults; `begin` takes the path of an audio request. */
export function trackFaults(faults: readonly Fault[]): TogetherFaults {
  return kit.trackFaults(faults, {
    counts: () => true,
    fits: (fault, path: string, sighting: Sighting) =>
      momentOf(fault) === sighting.moment && matches(fault, path, sighting),
  });
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

function matches({ match }: Fault, path: string, sighting: Sighting): boolean {
  if (match === undefined) return true;
  if (match.path !== undefined && !path.includes(match.path)) return false;
  if (sighting.moment === "arrival") return true;
  if (match.file !== undefined && !sighting.file.includes(match.file)) return false;
  if (match.model !== undefined && sighting.model !== match.model) return false;
  if (sighting.moment === "read") return true;
  return match.min_seconds === undefined || sighting.audioSeconds > match.min_seconds;
}
