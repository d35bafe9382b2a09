/** One request to the speech API and everything that travels with it. */

import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Recognition } from "../recognise/recognise.ts";
import type { Newest } from "../stand-in/newest.ts";
import type { Reply } from "../stand-in/reply.ts";
import type { Sleep } from "../stand-in/sleep.ts";
import { type Call, type CallFields, describeCall } from "./calls.ts";
import type { TogetherControl } from "./control.ts";
import type { FaultAction } from "./faults.ts";
import { type SendMode, sendAs } from "./send-as.ts";
import type { AudioOptions, Task } from "./validate.ts";

/** Hears what a file says; what it throws as a `Refusal` is answered as it is. */
export type Recognise = (
  path: string,
  signal: AbortSignal,
  asked: AudioOptions & { task: Task },
) => Promise<Recognition>;

/** What the stand-in works with; everything outside it that it touches is an argument. */
export type Deps = {
  recognise: Recognise;
  /** The model of the engine behind `recognise`, if there is one. */
  engineModel: string | undefined;
  /** `undefined`: any key that is not empty. */
  apiKeys: readonly string[] | undefined;
  control: TogetherControl;
  calls: Newest<CallFields>;
  now: () => Date;
  sleep: Sleep;
  random: () => number;
  faultFor: FaultFor;
  /** Where uploads and downloads lie while they are recognised. */
  folder: () => string;
};

/** A fault for a request that no scripted one has met: when it was read, and once its audio was heard. */
export type FaultFor = (request: {
  moment: "read" | "heard";
  path: string;
  /** The upload's filename, or the URL. */
  file: string;
}) => FaultAction | undefined;

export type Exchange = {
  request: IncomingMessage;
  response: ServerResponse;
  path: string;
  call: Call;
  ray: string;
  receivedAt: Date;
  /** Aborts when the client hangs up or the stand-in closes. */
  signal: AbortSignal;
  send(reply: Reply, mode?: SendMode): Promise<void>;
  /** Closes the connection without an answer. */
  hangUp(outcome: string): void;
};

/** Records a request. `gone` is aborted here when the client hangs up, and by the server when it closes. */
export function openExchange(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  deps: Deps,
  gone: AbortController,
): Exchange {
  const receivedAt = deps.now();
  const call = deps.calls.add(describeCall(request, path, receivedAt));
  const ray = randomBytes(8).toString("hex");
  let meantToClose = false;
  response.on("close", () => {
    if (response.writableFinished || meantToClose) return;
    call.outcome = "client_gone";
    gone.abort();
  });

  return {
    request,
    response,
    path,
    call,
    ray,
    receivedAt,
    signal: gone.signal,
    async send(reply, mode = { kind: "whole" }) {
      gone.signal.throwIfAborted();
      // Before the first byte leaves, so that the record is complete for a client that has the answer.
      call.status = reply.status;
      call.outcome = reply.outcome;
      call.took_ms = deps.now().getTime() - receivedAt.getTime();
      meantToClose = mode.kind === "cutoff";
      const headers = { ...edgeHeaders(ray, receivedAt), ...reply.headers };
      await sendAs(response, { ...reply, headers }, mode, { sleep: deps.sleep, signal: gone.signal });
    },
    hangUp(outcome) {
      call.outcome = outcome;
      meantToClose = true;
      request.socket.destroy();
    },
  };
}

function edgeHeaders(ray: string, receivedAt: Date): Record<string, string> {
  return {
    server: "cloudflare",
    "cf-ray": `${ray}-LHR`,
    "x-api-received": receivedAt.toISOString(),
    "x-content-type-options": "nosniff",
    "access-control-allow-origin": "*",
  };
}
