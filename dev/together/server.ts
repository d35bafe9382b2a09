/** The stand-in as a server: routes requests, records each, turns what is thrown into answers, and closes cleanly. */

import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { recognise } from "../recognise/recognise.ts";
import { answerControl, isControl, refuse } from "../stand-in/control-routes.ts";
import { keepNewest } from "../stand-in/newest.ts";
import { sendReply, textReply, withHeaders } from "../stand-in/reply.ts";
import { close, listen, readBody, TooLongError } from "../stand-in/serve.ts";
import { type Sleep, sleep } from "../stand-in/sleep.ts";
import { type Call, type CallFields, shorten } from "./calls.ts";
import { createTogetherControl } from "./control.ts";
import { errorReply } from "./error-reply.ts";
import { Refusal } from "./errors.ts";
import { type Deps, type Exchange, type FaultFor, openExchange, type Recognise } from "./exchange.ts";
import { limitParallel } from "./limit-parallel.ts";
import { answerAudio } from "./routes/audio.ts";
import { answerModels } from "./routes/models.ts";
import type { Settings, SettingsPatch } from "./settings.ts";

/** A thousand faults fit in a small part of this. */
const MAX_CONTROL_BYTES = 1_048_576;

export type TogetherStandInOptions = {
  /** What the server starts with; the same language as `PUT /control`. */
  settings?: SettingsPatch;
  /** The keys that are accepted; without it, any key that is not empty. */
  apiKeys?: readonly string[];
  /** The default reads marker speech from the samples. */
  recognise?: Recognise;
  /** There is a real engine behind `recognise`, with this model: any model may be asked for, and OpenAI's formats. */
  engineModel?: string;
  /** How many files are listened to at the same time; the default is one a processor. */
  maxParallel?: number;
  /** Faults beside those of the settings, by what is asked. */
  faultFor?: FaultFor;
  now?: () => Date;
  sleep?: Sleep;
  /** Decides, from 0 to below 1, in which order speakers are named. */
  random?: () => number;
};

export type TogetherStandIn = {
  /** Starts on the port, or on a free one for 0; the address ends in `/`, so the SDK's base is `new URL("v1", url)`. */
  listen(port: number, host?: string): Promise<URL>;
  /** Cuts what is under way, waits until it let go of its files, and removes them. */
  close(): Promise<void>;
  /** As `PUT /control`; throws on a mistake. */
  configure(patch: SettingsPatch): void;
  settings(): Settings;
  calls(): readonly Call[];
  clearCalls(): void;
};

/** A local server with the wire contract of Together's speech-to-text API. See README.md beside this file. */
export function createTogetherStandIn(options: TogetherStandInOptions = {}): TogetherStandIn {
  const control = createTogetherControl(options.settings);
  const calls = keepNewest<CallFields>();
  const underWay = new Map<AbortController, Promise<void>>();
  let folder: string | undefined;

  const deps: Deps = {
    recognise: limitParallel(
      options.recognise ?? ((path) => recognise(path)),
      options.maxParallel ?? availableParallelism(),
    ),
    engineModel: options.engineModel,
    apiKeys: options.apiKeys,
    control,
    calls,
    now: options.now ?? (() => new Date()),
    sleep: options.sleep ?? sleep,
    random: options.random ?? Math.random,
    faultFor: options.faultFor ?? (() => undefined),
    folder() {
      if (folder === undefined) throw new Error("The stand-in is not listening.");
      return folder;
    },
  };

  const server = createServer((request, response) => {
    const gone = new AbortController();
    const work = handle(request, response, deps, gone).catch((error: unknown) => {
      // One request gone wrong beyond telling must not take the others with it.
      console.error(error);
      response.destroy();
    });
    underWay.set(
      gone,
      work.finally(() => underWay.delete(gone)),
    );
  });
  // A slow upload is the client's business; and a kept connection must outlive a test's pause between two requests.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 65_000;

  return {
    async listen(port, host) {
      folder = await mkdtemp(join(tmpdir(), "together-stand-in-"));
      try {
        return await listen(server, port, host);
      } catch (error) {
        await rm(folder, { recursive: true });
        throw error;
      }
    },
    async close() {
      for (const gone of underWay.keys()) gone.abort();
      await Promise.allSettled([close(server), ...underWay.values()]);
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    },
    configure: control.configure,
    settings: control.settings,
    calls: calls.list,
    clearCalls: calls.clear,
  };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  deps: Deps,
  gone: AbortController,
): Promise<void> {
  const target = request.url ?? "/";
  const path = target.split("?", 1)[0] ?? target;
  if (isControl(path)) {
    await handleControl(request, response, path, deps).catch(() => request.socket.destroy());
    return;
  }
  const exchange = openExchange(request, response, path, deps, gone);
  try {
    await route(exchange, deps);
  } catch (error) {
    await answerError(exchange, error, deps);
  } finally {
    exchange.call.took_ms ??= deps.now().getTime() - exchange.receivedAt.getTime();
    // The rest of a refused body is drained, so that the client sees the refusal.
    if (!request.complete) request.resume();
  }
}

async function handleControl(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  deps: Deps,
): Promise<void> {
  try {
    const body = await readBody(request, MAX_CONTROL_BYTES);
    const help = "There are GET /control, PUT /control, GET /control/calls and DELETE /control/calls.";
    await sendReply(response, answerControl({ method: request.method ?? "", path, body }, deps, help));
  } catch (error) {
    if (!(error instanceof TooLongError)) throw error;
    await sendReply(response, refuse(400, error.message));
  }
}

async function route(exchange: Exchange, deps: Deps): Promise<void> {
  const { request, path } = exchange;
  if (deps.control.settings().flags.require_user_agent && !request.headers["user-agent"]) {
    return exchange.send(textReply(403, "error code: 1010", "missing_user_agent"));
  }
  switch (`${request.method} ${path}`) {
    case "POST /v1/audio/transcriptions":
      return answerAudio(exchange, "transcribe", deps);
    case "POST /v1/audio/translations":
      return answerAudio(exchange, "translate", deps);
    case "GET /v1/models":
      return answerModels(exchange, deps);
    default:
      throw new Refusal("not_found", `There is no ${request.method} ${path.slice(0, 200)} here.`);
  }
}

async function answerError(exchange: Exchange, error: unknown, deps: Deps): Promise<void> {
  const { call, ray, response, signal } = exchange;
  if (signal.aborted || response.destroyed) {
    call.outcome = "client_gone";
    return;
  }
  const refusal =
    error instanceof Refusal ? error : new Refusal("processing_failed", `Internal error: ${String(error)}`);
  call.message = shorten(refusal.message);
  if (response.headersSent) {
    call.outcome = "internal_error";
    response.destroy();
    return;
  }
  const outcome = error instanceof Refusal ? refusal.slug : "internal_error";
  const reply = withHeaders(errorReply(refusal, ray, deps.control.settings().flags), refusal.headers);
  await exchange.send({ ...reply, outcome });
}
