/** The stand-in as a server: routes requests, records each, lets faults strike, and closes cleanly. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { isControl } from "../stand-in/control-routes.ts";
import { keepNewest } from "../stand-in/newest.ts";
import { sendReply, textReply, withHeaders } from "../stand-in/reply.ts";
import { close, listen } from "../stand-in/serve.ts";
import { type Sleep, sleep as sleepFor } from "../stand-in/sleep.ts";
import { answerAuthorize } from "./authorize.ts";
import { type Call, type CallFields, describeCall } from "./calls.ts";
import { createSlackControl } from "./control.ts";
import { answerControl } from "./control-routes.ts";
import { createDeliverer, type Delivery } from "./deliver.ts";
import { type Asked, faultReply, type Reply, readAsked } from "./http.ts";
import { answerResponseUrl } from "./response-url.ts";
import type { Settings, SettingsPatch } from "./settings.ts";
import { type ShownMessage, type ShownWorkspace, showMessages, showWorkspace } from "./show-workspace.ts";
import type { AppCredentials, Slack } from "./slack.ts";
import { answerCdn, answerDownload, answerUpload } from "./transfers.ts";
import { createUserActions, type UserActions } from "./user-actions.ts";
import { answerMethod, tokenOf } from "./web-api.ts";
import { addTeam, createWorkspace } from "./workspace.ts";

export type SlackStandInOptions = {
  /** What the server starts with; the same language as `PUT /control`. */
  settings?: SettingsPatch;
  app?: Partial<AppCredentials>;
  /** Names of the workspaces. */
  teams?: readonly string[];
  now?: () => Date;
  /** Waits out pauses between attempts and scripted delays. */
  sleep?: Sleep;
  /** Told of each request that was carried out, before its answer leaves: the moment to kill the client that waits for it. */
  onCall?: (call: Call) => void;
};

export type SlackStandIn = {
  /** Starts on the port, or on a free one for 0; the Web API is at `new URL("api/", url)`. */
  listen(port: number): Promise<URL>;
  close(): Promise<void>;
  app: AppCredentials;
  userActions: UserActions;
  /** As `PUT /control`; throws on a mistake. */
  configure(patch: SettingsPatch): void;
  settings(): Settings;
  calls(): readonly Call[];
  clearCalls(): void;
  /** What was sent to the app. */
  deliveries(): readonly Delivery[];
  state(): ShownWorkspace;
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
  const control = createSlackControl(options.settings);
  const now = options.now ?? (() => new Date());
  const sleep = options.sleep ?? sleepFor;
  const app = { ...DEFAULT_APP, ...options.app };
  const workspace = createWorkspace(now);
  for (const name of options.teams ?? ["Acme", "Globex"]) addTeam(workspace, name);
  let urls: { main: URL; cdn: URL } | undefined;
  const slack: Slack = {
    app,
    workspace,
    control,
    calls: keepNewest<CallFields>(),
    deliverer: createDeliverer({ signingSecret: app.signing_secret, now, sleep }),
    sleep,
    onCall: options.onCall ?? (() => undefined),
    urls() {
      if (urls === undefined) throw new Error("The stand-in is not listening.");
      return urls;
    },
  };
  const userActions = createUserActions(slack);
  const closed = new AbortController();
  const serve = (request: IncomingMessage, response: ServerResponse) =>
    void handle(slack, userActions, request, response, closed.signal).catch((error: unknown) => {
      // One request gone wrong beyond telling must not take the others with it.
      if (!closed.signal.aborted) console.error(error);
      response.destroy();
    });
  const servers = [createServer(serve), createServer(serve)] as const;
  for (const server of servers) server.keepAliveTimeout = 65_000;

  return {
    app,
    userActions,
    async listen(port) {
      const [main, cdn] = servers;
      urls = { main: await listen(main, port), cdn: await listen(cdn) };
      return urls.main;
    },
    async close() {
      closed.abort();
      await slack.deliverer.close();
      await Promise.all(servers.map(close));
    },
    configure: control.configure,
    settings: control.settings,
    calls: slack.calls.list,
    clearCalls: slack.calls.clear,
    deliveries: slack.deliverer.list,
    state: () => showWorkspace(slack),
    messages: (channel, thread) => showMessages(workspace, channel, thread),
    fileBytes(id) {
      const file = workspace.files.get(id);
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

async function handle(
  slack: Slack,
  userActions: UserActions,
  request: IncomingMessage,
  response: ServerResponse,
  closed: AbortSignal,
): Promise<void> {
  const asked = await readAsked(request);
  if (isControl(asked.url.pathname)) {
    return sendReply(response, await answerControl(slack, userActions, asked));
  }
  const method = nameOf(asked.url);
  const call = slack.calls.add(describeCall(request, method, slack.workspace.now()));
  const started = performance.now();
  response.on("close", () => {
    if (!response.writableFinished && call.outcome === "pending") call.outcome = "client_gone";
  });
  call.bytes = asked.body.length;
  call.team = tokenOf(slack, asked)?.team ?? null;

  const fault = slack.control.faults().begin(call)();
  if (fault?.delay_seconds !== undefined) await slack.sleep(fault.delay_seconds * 1_000, closed);
  if (response.destroyed) return;
  const scripted = fault && faultReply(fault);
  const isLost = fault?.kind === "drop" || fault?.kind === "drop_after";
  const reply = scripted ?? (fault?.kind === "drop" ? undefined : await answer(slack, method, asked, call));
  // Before the first byte leaves, so that the record is complete for a client that has the answer.
  call.took_ms = performance.now() - started;
  call.outcome = isLost || fault?.kind === "cutoff" ? `fault:${fault?.kind}` : (reply?.outcome ?? "ok");
  call.messages.push(...(reply?.messages ?? []));
  if (fault?.kind !== "drop") slack.onCall(call);
  if (isLost || reply === undefined) {
    request.socket.destroy();
    return;
  }
  call.status = reply.status;
  await sendReply(response, withHeaders(reply, fault?.headers), fault?.kind === "cutoff");
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
