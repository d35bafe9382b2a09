/** What a scripted fault answers, and how its answer, or the ordinary one, is delivered. Pure. */

import { jsonReply, type Reply, textReply, withHeaders } from "../stand-in/reply.ts";
import { edgeReply, errorReply } from "./error-reply.ts";
import { ERRORS, isSlug, slugOfStatus } from "./errors.ts";
import type { FaultAction } from "./faults.ts";
import type { SendMode } from "./send-as.ts";
import type { Flags } from "./settings.ts";

const DEFAULT_BODY_SECONDS = 5;

/** The fault's own answer, or `undefined` when it only bends the ordinary one. A drop answers nothing at all. */
export function faultReply(action: FaultAction, ray: string, flags: Flags): Reply | undefined {
  const reply = ownReply(action, ray, flags);
  return reply && { ...withHeaders(reply, action.headers), outcome: outcomeOf(action) };
}

export function sendModeOf(action: FaultAction | undefined): SendMode {
  switch (action?.kind) {
    case "cutoff":
      return { kind: "cutoff" };
    case "slow_body":
      return { kind: "slow", seconds: action.body_seconds ?? DEFAULT_BODY_SECONDS };
    default:
      return { kind: "whole" };
  }
}

/** How a fault is named in the list of calls. */
export function outcomeOf(action: FaultAction): string {
  if (action.kind !== undefined && action.kind !== "json_error") return `fault:${action.kind}`;
  if (action.slug !== undefined) return `fault:${action.slug}`;
  if (action.status !== undefined) return `fault:${action.status}`;
  if (action.kind !== undefined) return `fault:${action.kind}`;
  return action.delay_seconds === undefined ? "fault:headers" : "fault:delay";
}

function ownReply(action: FaultAction, ray: string, flags: Flags): Reply | undefined {
  switch (action.kind) {
    case "html413":
      return edgeReply(413, "Request Entity Too Large");
    case "html524":
      return edgeReply(524, "A timeout occurred");
    case "html200":
      return edgeReply(200, "Just a moment...");
    case "empty200":
      return { status: 200, headers: {}, body: "", outcome: "empty" };
    case "json_error":
      return jsonError(action, ray, flags);
    case undefined:
      return replyOfStatus(action, ray, flags);
    default:
      return undefined;
  }
}

function replyOfStatus(action: FaultAction, ray: string, flags: Flags): Reply | undefined {
  const { status, body } = action;
  if (body !== undefined) {
    return typeof body === "string" ? textReply(status ?? 200, body) : jsonReply(status ?? 200, body);
  }
  if (status === undefined || status === 200) return undefined;
  if (status < 400) return textReply(status, "");
  // These come from the edge, which knows no JSON, unless the script names a slug.
  const fromEdge = status === 502 || status === 504 || (status >= 520 && status <= 527);
  if (fromEdge && action.slug === undefined) return edgeReply(status, "Gateway error");
  return jsonError(action, ray, flags);
}

function jsonError(action: FaultAction, ray: string, flags: Flags): Reply {
  const slug = action.slug ?? slugOfStatus(action.status ?? 500);
  const known = isSlug(slug) ? ERRORS[slug] : undefined;
  const status = action.status ?? known?.status ?? 500;
  const message = action.message ?? known?.message ?? "Scripted error.";
  // A script that asks for JSON gets JSON, even where the real limit would answer HTML.
  return errorReply({ slug, status, message }, ray, { ...flags, request_too_large_shape: "json" });
}
