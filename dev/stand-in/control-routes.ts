/** The routes a test speaks to: what the stand-in should do, and what it was asked. Not part of the API it plays. */

import { z } from "zod";
import { type Control, explain } from "./control.ts";
import type { Newest } from "./newest.ts";
import { jsonReply, type Reply, withHeaders } from "./reply.ts";

export function isControl(path: string): boolean {
  return path === "/control" || path.startsWith("/control/");
}

/** Answers `/control` and `/control/calls`; any other path with a 404 that says `help`. */
export function answerControl(
  request: { method: string; path: string; body: Buffer },
  { control, calls }: { control: Control<object, object>; calls: Newest<object> },
  help: string,
): Reply {
  switch (`${request.method} ${request.path}`) {
    case "GET /control":
      return show(200, control.describe());
    case "PUT /control":
      try {
        control.configure(readJson(request.body));
        return show(200, control.describe());
      } catch (error) {
        return refuse(400, messageOf(error));
      }
    case "GET /control/calls":
      return withHeaders(show(200, calls.list()), { "x-calls-forgotten": String(calls.forgotten()) });
    case "DELETE /control/calls":
      calls.clear();
      return { status: 204, headers: {}, body: "", outcome: "ok" };
    default:
      return refuse(404, help);
  }
}

/** @throws SyntaxError */
export function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw new SyntaxError(`The body is not JSON: ${messageOf(error)}`);
  }
}

/** JSON for people to read. */
export function show(status: number, value: unknown): Reply {
  return { ...jsonReply(status, value), body: `${JSON.stringify(value, undefined, 2)}\n` };
}

export function refuse(status: number, message: string): Reply {
  return show(status, { error: { message } });
}

/** What a mistake in a request is answered with. */
export function messageOf(error: unknown): string {
  return error instanceof z.ZodError
    ? explain(error)
    : error instanceof Error
      ? error.message
      : String(error);
}
