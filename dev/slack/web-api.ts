/** `POST /api/{method}`: who asks, may they, did they ask rightly; then the method itself. */

import { jsonReply, withHeaders } from "../stand-in/reply.ts";
import { type Arguments, type Given, isMethod, type Method, readArguments } from "./arguments.ts";
import { type Call, withoutSecrets } from "./calls.ts";
import type { Asked, Reply } from "./http.ts";
import * as chat from "./methods/chat.ts";
import * as files from "./methods/files.ts";
import * as installing from "./methods/installing.ts";
import * as lookups from "./methods/lookups.ts";
import type { Handler, MethodAnswer } from "./methods/method.ts";
import * as reading from "./methods/reading.ts";
import * as views from "./methods/views.ts";
import type { Slack } from "./slack.ts";
import { SlackError } from "./slack-error.ts";
import type { Install } from "./workspace.ts";

type Entry<M extends Method> = {
  /** What the token must be granted; `null` for nothing, or where it differs by kind of conversation. */
  scope: string | null;
  /** Slack reads JSON bodies for some methods only; elsewhere they are ignored. */
  takesJson: boolean;
  run: Handler<M>;
};

const METHODS: { [M in Exclude<Method, "oauth.v2.access">]: Entry<M> } = {
  "apps.uninstall": { scope: null, takesJson: false, run: installing.uninstall },
  "auth.revoke": { scope: null, takesJson: false, run: installing.revoke },
  "auth.test": { scope: null, takesJson: true, run: lookups.authTest },
  "chat.delete": { scope: "chat:write", takesJson: true, run: chat.remove },
  "chat.postEphemeral": { scope: "chat:write", takesJson: true, run: chat.postEphemeral },
  "chat.postMessage": { scope: "chat:write", takesJson: true, run: chat.postMessage },
  "chat.update": { scope: "chat:write", takesJson: true, run: chat.update },
  "conversations.history": { scope: null, takesJson: false, run: reading.history },
  "conversations.replies": { scope: null, takesJson: false, run: reading.replies },
  "conversations.info": { scope: "channels:read", takesJson: false, run: lookups.conversationsInfo },
  "files.completeUploadExternal": { scope: "files:write", takesJson: true, run: files.completeUpload },
  "files.delete": { scope: "files:write", takesJson: true, run: files.remove },
  "files.getUploadURLExternal": { scope: "files:write", takesJson: false, run: files.getUploadUrl },
  "files.info": { scope: "files:read", takesJson: false, run: files.info },
  "users.info": { scope: "users:read", takesJson: false, run: lookups.usersInfo },
  "views.open": { scope: null, takesJson: true, run: views.open },
  "views.update": { scope: null, takesJson: true, run: views.update },
};

/** Whose token it is, dead or alive. */
export function tokenOf({ workspace }: Slack, asked: Asked): Install | undefined {
  const isForm = asked.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") ?? false;
  const token = asked.token ?? (isForm ? new URLSearchParams(asked.body.toString()).get("token") : null);
  return workspace.installs.get(token ?? "");
}

export async function answerMethod(slack: Slack, name: string, asked: Asked, call: Call): Promise<Reply> {
  const headers: Record<string, string> = { "x-slack-req-id": slack.workspace.newId("req") };
  try {
    if (!isMethod(name)) throw new SlackError("unknown_method");
    const { given, isJson } = await readGiven(asked);
    call.arguments = withoutSecrets(given);
    if (name === "oauth.v2.access") {
      const { read, unknown } = readArguments(name, isJson ? {} : { ...basicAuth(asked), ...given });
      call.unknown_arguments = unknown;
      return withHeaders(jsonReply(200, { ok: true, ...installing.exchangeCode(slack, read) }), headers);
    }
    const install = requireInstall(slack, asked, given);
    const { scope, takesJson } = METHODS[name];
    headers["x-oauth-scopes"] = install.scopes.join(",");
    if (scope !== null) headers["x-accepted-oauth-scopes"] = scope;
    if (scope !== null && !install.scopes.includes(scope)) {
      throw new SlackError("missing_scope", { needed: scope, provided: install.scopes.join(",") });
    }
    const { read, unknown } = readArguments(name, isJson && !takesJson ? {} : given);
    call.unknown_arguments = unknown;
    return withHeaders(jsonReply(200, { ok: true, ...run(name, { slack, install, read }) }), headers);
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    return withHeaders(refusal(error), headers);
  }
}

/** One method of many: the table pairs each name with what takes its arguments, which the compiler sees only so. */
function run<M extends keyof typeof METHODS>(
  name: M,
  call: { slack: Slack; install: Install; read: Arguments<M> },
): MethodAnswer<M> {
  const entry: Entry<M> = METHODS[name];
  return entry.run(call);
}

function refusal({ code, details }: SlackError): Reply {
  const isLimited = code === "ratelimited";
  const reply = jsonReply(isLimited ? 429 : 200, { ok: false, error: code, ...details }, code);
  const messages = Object(details["response_metadata"]).messages as string[] | undefined; // as `refuse` writes them
  return {
    ...withHeaders(reply, isLimited ? { "retry-after": "1" } : {}),
    ...(messages ? { messages } : {}),
  };
}

function requireInstall(slack: Slack, asked: Asked, given: Given): Install {
  const token = asked.token ?? given["token"];
  if (token === undefined) throw new SlackError("not_authed");
  const install = slack.workspace.installs.get(String(token));
  if (install === undefined) throw new SlackError("invalid_auth");
  if (install.ended !== undefined) throw new SlackError(install.ended);
  return install;
}

async function readGiven({ http, url, headers, body }: Asked): Promise<{ given: Given; isJson: boolean }> {
  const query = Object.fromEntries(url.searchParams);
  const type = headers["content-type"] ?? "";
  if (http === "GET" || body.length === 0) return { given: query, isJson: false };
  if (type.startsWith("application/json")) {
    return { given: { ...query, ...parseObject(body.toString()) }, isJson: true };
  }
  if (type.startsWith("application/x-www-form-urlencoded")) {
    return {
      given: { ...query, ...Object.fromEntries(new URLSearchParams(body.toString())) },
      isJson: false,
    };
  }
  if (type.startsWith("multipart/form-data")) {
    const form = await new Response(body, { headers: { "content-type": type } }).formData();
    return { given: { ...query, ...Object.fromEntries(form) }, isJson: false };
  }
  throw new SlackError("invalid_post_type");
}

function parseObject(text: string): object {
  try {
    return Object(JSON.parse(text));
  } catch {
    throw new SlackError("invalid_post_type");
  }
}

/** Slack would rather have the app's credentials here than among the arguments. */
function basicAuth({ headers }: Asked): Given {
  const encoded = /^Basic (.+)$/i.exec(headers.authorization ?? "")?.[1];
  if (encoded === undefined) return {};
  const [client_id, client_secret] = Buffer.from(encoded, "base64").toString().split(":");
  return { client_id, client_secret };
}
