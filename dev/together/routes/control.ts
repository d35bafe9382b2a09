/** The routes a test speaks to: what the stand-in shall do, and what it was asked. Not part of Together's API. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Deps } from "../exchange.ts";

/** A thousand faults fit in a small part of this. */
const MAX_BODY_BYTES = 1_048_576;

/** Answers `/control` and `/control/calls`. */
export async function answerControl(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  { control, calls }: Pick<Deps, "control" | "calls">,
): Promise<void> {
  switch (`${request.method} ${path}`) {
    case "GET /control":
      return send(response, 200, control.describe());
    case "PUT /control": {
      const body = await readJson(request);
      if (!body.ok) return refuse(response, 400, body.message);
      const result = control.patch(body.value);
      return result.ok ? send(response, 200, control.describe()) : refuse(response, 400, result.message);
    }
    case "GET /control/calls":
      response.setHeader("x-calls-forgotten", calls.forgotten());
      return send(response, 200, calls.list());
    case "DELETE /control/calls":
      calls.clear();
      response.writeHead(204).end();
      return;
    default:
      return refuse(
        response,
        404,
        "There are GET /control, PUT /control, GET /control/calls and DELETE /control/calls.",
      );
  }
}

async function readJson(
  request: IncomingMessage,
): Promise<{ ok: true; value: unknown } | { ok: false; message: string }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return { ok: false, message: "The body is longer than 1 MB." };
    chunks.push(chunk);
  }
  try {
    return { ok: true, value: JSON.parse(Buffer.concat(chunks).toString("utf8")) };
  } catch (error) {
    return { ok: false, message: `The body is not JSON: ${error instanceof Error ? error.message : error}` };
  }
}

function refuse(response: ServerResponse, status: number, message: string): void {
  send(response, status, { error: { message } });
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" });
  response.end(`${JSON.stringify(value, undefined, 2)}\n`);
}
