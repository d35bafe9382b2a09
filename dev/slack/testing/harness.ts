/** What the tests of the stand-in share: one that runs, an app it talks to, and an installation. */

import { createServer } from "node:http";
import { SlackAPIClient } from "slack-web-api-client";
import { onTestFinished } from "vitest";
import { BOT_SCOPES } from "../../../shared/slack/scopes.ts";
import { close, listen, readBody } from "../../stand-in/serve.ts";
import { createSlackStandIn, type SlackStandIn, type SlackStandInOptions } from "../server.ts";

/** What the app needs, and what the stand-in has methods for besides. */
const SCOPES: string[] = [...BOT_SCOPES, "channels:read", "users:read"];

/** What came to the app. */
type Received = { path: string; headers: Record<string, string>; body: string };

type App = {
  url: string;
  received: Received[];
  /** The events among them, without their envelopes. */
  events(): { type: string; subtype?: string; [key: string]: unknown }[];
  /** What the app answers from now on; 200 and nothing unless told otherwise. */
  answer: (
    request: Received,
  ) => { status?: number; headers?: Record<string, string>; body?: string } | "silence";
};

/** An app's server that closes with the test. */
export async function startApp(): Promise<App> {
  const app: App = {
    url: "",
    received: [],
    events: () => app.received.map(({ body }) => JSON.parse(body).event),
    answer: () => ({}),
  };
  const server = createServer(async (request, response) => {
    const received: Received = {
      path: request.url ?? "",
      headers: request.headers as Record<string, string>, // none of Slack's comes twice
      body: String(await readBody(request)),
    };
    app.received.push(received);
    const answer = app.answer(received);
    if (answer === "silence") return;
    response.writeHead(answer.status ?? 200, answer.headers).end(answer.body ?? "");
  });
  app.url = (await listen(server)).origin;
  onTestFinished(() => close(server));
  return app;
}

/** A stand-in on free ports that closes with the test, with a clock that moves only by what it sleeps. */
export async function start(options: SlackStandInOptions = {}) {
  let at = Date.parse("2026-11-21T04:00:00Z");
  const slept: number[] = [];
  const pass = (ms: number) => {
    at += ms;
  };
  const standIn = createSlackStandIn({
    now: () => new Date(at),
    async sleep(ms) {
      slept.push(ms);
      pass(ms);
    },
    ...options,
  });
  const url = await standIn.listen(0);
  onTestFinished(() => standIn.close());
  return { standIn, url, clock: { pass, slept } };
}

/** The app goes through OAuth as a real one does; gives its token. */
export async function install(standIn: SlackStandIn, url: URL, { scopes = SCOPES, team = "Acme" } = {}) {
  const redirectUri = "https://app.test/slack/oauth_redirect";
  const page = new URL("/oauth/v2/authorize", url);
  page.search = new URLSearchParams({
    client_id: standIn.app.client_id,
    scope: scopes.join(","),
    redirect_uri: redirectUri,
    state: "s",
  }).toString();
  const back = await standIn.userActions.authorize(page, { team });
  const answer = await client(url).oauth.v2.access({
    client_id: standIn.app.client_id,
    client_secret: standIn.app.client_secret,
    code: back.searchParams.get("code") ?? "",
    redirect_uri: redirectUri,
  });
  return { token: answer.access_token ?? "", botUser: answer.bot_user_id ?? "", team: answer.team?.id ?? "" };
}

/** The client the Workers use, without retries of its own. */
export function client(url: URL, token?: string): SlackAPIClient {
  return new SlackAPIClient(token, {
    baseUrl: new URL("api/", url).href,
    retryHandlers: [],
    logLevel: "ERROR",
  });
}

/** An installed app, told of what happens, with its bot in #general. */
export async function startInstalled(options: SlackStandInOptions = {}, scopes: string[] = SCOPES) {
  const started = await start(options);
  const app = await startApp();
  const { standIn, url } = started;
  const installed = await install(standIn, url, { scopes });
  standIn.userActions.invite({ channel: "general" });
  standIn.configure({ app_url: app.url });
  const general = standIn.state().channels.find(({ name }) => name === "general")?.id ?? "";
  standIn.clearCalls();
  return { ...started, ...installed, app, general, api: client(url, installed.token) };
}
