/** The stand-in as a server: routes requests, records each, lets faults strike, and closes cleanly. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as sleepFor } from "node:timers/promises";
import type { Sleep } from "../together/reply.ts";
import { answerAuthorize } from "./authorize.ts";
import { type Call, createCallLog } from "./calls.ts";
import { createControl } from "./control.ts";
import { answerControl } from "./control-routes.ts";
import { createDeliverer, type Delivery } from "./deliver.ts";
import { type Asked, faultReply, type Reply, readAsked, scriptedHeaders, send, textReply } from "./http.ts";
import { answerResponseUrl } from "./response-url.ts";
import { DEFAULT_SETTINGS, patchSettings, type Settings, type SettingsPatch } from "./settings.ts";
import { type ShownMessage, type ShownWorld, showMessages, showWorld } from "./show-workspace.ts";
import type { AppCredentials, Slack } from "./slack.ts";
import { answerCdn, answerDownload, answerUpload } from "./transfers.ts";
import { createGestures, type Gestures } from "./user-actions.ts";
import { answerMethod, tokenOf } from "./web-api.ts";
import { addTeam, createWorld } from "./workspace.ts";

export type SlackStandInOptions = {
  /** What the server starts with; the same language as `PUT /control`. */
  settings?: SettingsPatch;
  app?: Partial<AppCredentials>;
  /** Names of the workspaces. */
  teams?: readonly string[];
  now?: () => Date;
  /** Waits out pauses between attempts and scripted delays. */
  sleep?: Sleep;
  /** Told of each request that was carried out, before its answer leaves: the moment to kill whoever waits for it. */
  onCall?: (call: Call) => void;
};

export type SlackStandIn = {
  /** Starts on the port, or on a free one for 0; the Web API is at `new URL("api/", url)`. */
  listen(port: number): Promise<URL>;
  close(): Promise<void>;
  app: AppCredentials;
  gestures: Gestures;
  /** As `PUT /control`; throws on a mistake. */
  configure(patch: SettingsPatch): void;
  settings(): Settings;
  calls(): readonly Call[];
  clearCalls(): void;
  /** What was sent to the app. */
  deliveries(): readonly Delivery[];
  state(): ShownWorld;
  /** A conversation's messages, by the channel's id; of one thread when its parent's `ts` is given. */
  messages(channel: string, thread?: string): ShownMessage[];
  fileBytes(id: string): Uint8Array;
  /** Sends an event that was sent before once more, under the same id, as a late retry of Slack's would. */
  sendAgain(delivery: Delivery): Promise<Delivery>;
};

const DEFAULT_APP: AppCredentials = {
  app_id: "A0STANDIN1",
  client_id: "1234567890.9876543210",
  client_secret: "stand-in-client-secret",
  signing_secret: "stand-in-signing-secret",
  verification_token: "stand-in-verification-token",
};

/** A local server that plays Slack's side of an app. See README.md beside this file. */
export function createSlackStandIn(options: SlackStandInOptions = {}): SlackStandIn {
  const initial = patchSettings(DEFAULT_SETTINGS, options.settings ?? {}, DEFAULT_SETTINGS);
  if (!initial.ok) throw new TypeError(`Wrong settings: ${initial.message}`);
  const now = options.now ?? (() => new Date());
  const sleep: Sleep =
    options.sleep ?? (async (ms, signal) => void (await sleepFor(ms, undefined, { signal })));
  const app = { ...DEFAULT_APP, ...options.app };
  const world = createWorld(now);
  for (const name of options.teams ?? ["Acme", "Globex"]) addTeam(world, name);
  let urls: { main: URL; cdn: URL } | undefined;
  const slack: Slack = {
    app,
    world,
    control: createControl(initial.settings),
    calls: createCallLog(),
    deliverer: createDeliverer({ signingSecret: app.signing_secret, now, sleep }),
    sleep,
    onCall: options.onCall ?? (() => undefined),
    urls() {
      if (urls === undefined) throw new Error("The stand-in is not listening.");
      return urls;
    },
  };
  const gestures = createGestures(slack);
  const closed = new AbortController();
  const serve = (request: IncomingMessage, response: ServerResponse) =>
    void handle(slack, gestures, request, response, closed.signal).catch((error: unknown) => {
      // One request gone wrong beyond telling must not take the others with it.
      if (!closed.signal.aborted) console.error(error);
      response.destroy();
    });
  const servers = [createServer(serve), createServer(serve)] as const;
  for (const server of servers) server.keepAliveTimeout = 65_000;

  return {
    app,
    gestures,
    async listen(port) {
      const [main, cdn] = servers;
      urls = { main: await open(main, port), cdn: await open(cdn, 0) };
      return urls.main;
    },
    async close() {
      closed.abort();
      await slack.deliverer.close();
      for (const server of servers) {
        const done = new Promise<void>((resolve) => server.close(() => resolve()));
        server.closeAllConnections();
        await done;
      }
    },
    configure(patch) {
      const result = slack.control.patch(patch);
      if (!result.ok) throw new TypeError(`Wrong settings: ${result.message}`);
    },
    settings: slack.control.settings,
    calls: slack.calls.list,
    clearCalls: slack.calls.clear,
    deliveries: slack.deliverer.list,
    state: () => showWorld(slack),
    messages: (channel, thread) => showMessages(world, channel, thread),
    fileBytes(id) {
      const file = world.files.get(id);
      if (file === undefined) throw new Error(`no file ${id}`);
      return file.bytes;
    },
    sendAgain: ({ kind, type, event_id, url, body }) =>
      slack.deliverer.deliver({
        kind,
        type,
        event_id,
        url: new URL(url),
        contentType: kind === "event" ? "application/json" : "application/x-www-form-urlencoded",
        body,
      }),
  };
}

async function open(server: Server, port: number): Promise<URL> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return new URL(
    `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : port}/`,
  );
}

async function handle(
  slack: Slack,
  gestures: Gestures,
  request: IncomingMessage,
  response: ServerResponse,
  closed: AbortSignal,
): Promise<void> {
  const asked = await readAsked(request);
  if (asked.url.pathname === "/control" || asked.url.pathname.startsWith("/control/")) {
    return send(response, await answerControl(slack, gestures, asked));
  }
  const method = nameOf(asked.url);
  const call = slack.calls.open({
    at: slack.world.now().toISOString(),
    http: asked.http,
    method,
    authorization:
      asked.token !== undefined ? "bearer" : asked.headers.authorization === undefined ? "none" : "other",
  });
  const started = performance.now();
  response.on("close", () => {
    if (!response.writableFinished && call.outcome === "pending") call.outcome = "client_gone";
  });
  call.bytes = asked.body.length;
  call.team = tokenOf(slack, asked)?.team ?? null;

  const fault = slack.control.strike(call);
  if (fault?.delay_seconds !== undefined) await slack.sleep(fault.delay_seconds * 1_000, closed);
  if (response.destroyed) return;
  const scripted = fault && faultReply(fault);
  const isLost = fault?.kind === "drop" || fault?.kind === "drop_after";
  const reply = scripted ?? (fault?.kind === "drop" ? undefined : await answer(slack, method, asked, call));
  // Before the first byte leaves, so that whoever has the answer finds the record complete.
  call.took_ms = performance.now() - started;
  call.outcome = isLost || fault?.kind === "cutoff" ? `fault:${fault?.kind}` : (reply?.outcome ?? "ok");
  call.messages.push(...(reply?.messages ?? []));
  if (fault?.kind !== "drop") slack.onCall(call);
  if (isLost || reply === undefined) {
    request.socket.destroy();
    return;
  }
  call.status = reply.status;
  const headers = { ...reply.headers, ...scriptedHeaders(fault) };
  await send(response, { ...reply, headers }, fault?.kind === "cutoff");
}

/** What a request is called in the record and in the script of faults. */
function nameOf({ pathname }: URL): string {
  if (pathname.startsWith("/api/")) return pathname.slice("/api/".length);
  if (pathname.startsWith("/files-pri/")) return "files.download";
  if (pathname.startsWith("/cdn/")) return "files.cdn";
  if (pathname.startsWith("/upload/")) return "files.upload";
  if (pathname.startsWith("/commands/")) return "response_url";
  if (pathname === "/oauth/v2/authorize") return "oauth.authorize";
  return pathname;
}

async function answer(slack: Slack, method: string, asked: Asked, call: Call): Promise<Reply> {
  if (asked.url.pathname.startsWith("/api/")) return answerMethod(slack, method, asked, call);
  switch (method) {
    case "files.download":
      return answerDownload(slack, asked, tokenOf(slack, asked));
    case "files.cdn":
      return answerCdn(slack, asked, call, tokenOf(slack, asked));
    case "files.upload":
      return answerUpload(slack, asked, call);
    case "response_url":
      return answerResponseUrl(slack, asked);
    case "oauth.authorize":
      return answerAuthorize(slack, asked);
    default:
      return textReply(404, "there is nothing here", "not_found");
  }
}
