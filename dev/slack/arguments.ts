/**
 * Which arguments each Web API method takes. The compiler holds this table against `@slack/web-api`: an argument that
 * is missing here, is not Slack's, or is marked otherwise than there, does not compile.
 */

import type {
  AppsUninstallArguments,
  AuthRevokeArguments,
  AuthTestArguments,
  ChatDeleteArguments,
  ChatPostEphemeralArguments,
  ChatPostMessageArguments,
  ChatUpdateArguments,
  ConversationsHistoryArguments,
  ConversationsInfoArguments,
  ConversationsRepliesArguments,
  FilesCompleteUploadExternalArguments,
  FilesDeleteArguments,
  FilesGetUploadURLExternalArguments,
  FilesInfoArguments,
  OAuthV2AccessArguments,
  UsersInfoArguments,
  ViewsOpenArguments,
  ViewsUpdateArguments,
} from "@slack/web-api";
import { refuse } from "./slack-error.ts";

/** What each method takes, as Slack's own client types it. */
type Requests = {
  "apps.uninstall": AppsUninstallArguments;
  "auth.revoke": NonNullable<AuthRevokeArguments>;
  "auth.test": NonNullable<AuthTestArguments>;
  "chat.delete": ChatDeleteArguments;
  "chat.postEphemeral": ChatPostEphemeralArguments;
  "chat.postMessage": ChatPostMessageArguments;
  "chat.update": ChatUpdateArguments;
  "conversations.history": ConversationsHistoryArguments;
  "conversations.info": ConversationsInfoArguments;
  "conversations.replies": ConversationsRepliesArguments;
  "files.completeUploadExternal": FilesCompleteUploadExternalArguments;
  "files.delete": FilesDeleteArguments;
  "files.getUploadURLExternal": FilesGetUploadURLExternalArguments;
  "files.info": FilesInfoArguments;
  "oauth.v2.access": OAuthV2AccessArguments;
  "users.info": UsersInfoArguments;
  "views.open": ViewsOpenArguments;
  "views.update": ViewsUpdateArguments;
};

export type Method = keyof Requests;

type KeyOf<Request> = Request extends unknown ? keyof Request : never;
type ValueOf<Request, Key extends PropertyKey> = Request extends unknown
  ? Key extends keyof Request
    ? Exclude<Request[Key], undefined>
    : never
  : never;
type KindOf<Value> = [Value] extends [string]
  ? "string"
  : [Value] extends [number]
    ? "number"
    : [Value] extends [boolean]
      ? "boolean"
      : "json";
/** Required is what every variant of a method's arguments requires. */
type Mark<Request, Key> = Key extends keyof Request ? (undefined extends Request[Key] ? "?" : "") : "?";
type NameOf<Request> = Exclude<KeyOf<Request>, "token">;
type FieldsOf<Request> = [NameOf<Request>] extends [never]
  ? Record<string, never>
  : { [Key in NameOf<Request>]: `${KindOf<ValueOf<Request, Key>>}${Mark<Request, Key>}` };

const MESSAGE = {
  channel: "string",
  text: "string?",
  blocks: "json?",
  attachments: "json?",
  markdown_text: "string?",
  as_user: "boolean?",
  link_names: "boolean?",
  parse: "string?",
} as const;

const PAGE = {
  channel: "string",
  include_all_metadata: "boolean?",
  limit: "number?",
  cursor: "string?",
  oldest: "string?",
  latest: "string?",
  inclusive: "boolean?",
} as const;

const AUTHORSHIP = { icon_emoji: "string?", icon_url: "string?", username: "string?" } as const;

const ARGUMENTS = {
  "apps.uninstall": { client_id: "string", client_secret: "string" },
  "auth.revoke": { test: "boolean?" },
  "auth.test": {},
  "chat.delete": { channel: "string", ts: "string", as_user: "boolean?" },
  "chat.postEphemeral": { ...MESSAGE, ...AUTHORSHIP, user: "string", thread_ts: "string?" },
  "chat.postMessage": {
    ...MESSAGE,
    ...AUTHORSHIP,
    thread_ts: "string?",
    reply_broadcast: "boolean?",
    metadata: "json?",
    unfurl_links: "boolean?",
    unfurl_media: "boolean?",
    mrkdwn: "boolean?",
  },
  "chat.update": {
    ...MESSAGE,
    ts: "string",
    metadata: "json?",
    file_ids: "json?",
    reply_broadcast: "boolean?",
  },
  "conversations.history": PAGE,
  "conversations.replies": { ...PAGE, ts: "string" },
  "conversations.info": { channel: "string", include_locale: "boolean?", include_num_members: "boolean?" },
  "files.completeUploadExternal": {
    files: "json",
    channel_id: "string?",
    thread_ts: "string?",
    initial_comment: "string?",
    blocks: "json?",
  },
  "files.delete": { file: "string" },
  "files.getUploadURLExternal": {
    filename: "string",
    length: "number",
    alt_text: "string?",
    snippet_type: "string?",
  },
  "files.info": {
    file: "string",
    limit: "number?",
    cursor: "string?",
    count: "number?",
    page: "number?",
  },
  "oauth.v2.access": {
    client_id: "string",
    client_secret: "string",
    code: "string?",
    redirect_uri: "string?",
    grant_type: "string?",
    refresh_token: "string?",
  },
  "users.info": { user: "string", include_locale: "boolean?" },
  "views.open": { view: "json", trigger_id: "string?", interactivity_pointer: "string?" },
  "views.update": { view: "json", view_id: "string?", external_id: "string?", hash: "string?" },
} as const satisfies { [M in Method]: FieldsOf<Requests[M]> };

/** Where a method's variants differ in what they require: one of these must be there. */
const ONE_OF: { [M in Method]?: readonly (KeyOf<Requests[M]> & string)[] } = {
  "views.open": ["trigger_id", "interactivity_pointer"],
  "views.update": ["view_id", "external_id"],
};

/** Arguments as they came, of a form or of JSON. */
export type Given = Readonly<Record<string, unknown>>;

type Kinds = { string: string; number: number; boolean: boolean; json: unknown };
type Read<Field> = Field extends `${infer Kind extends keyof Kinds}?`
  ? Kinds[Kind] | undefined
  : Field extends keyof Kinds
    ? Kinds[Field]
    : never;

/** Arguments that were read: of the right kind, with everything that is required. */
export type Arguments<M extends Method> = {
  readonly [Name in keyof (typeof ARGUMENTS)[M]]: Read<(typeof ARGUMENTS)[M][Name]>;
};

export function isMethod(name: string): name is Method {
  return Object.hasOwn(ARGUMENTS, name);
}

/** The arguments by their types, and the names Slack does not know and ignores. @throws SlackError */
export function readArguments<M extends Method>(
  method: M,
  given: Given,
): { read: Arguments<M>; unknown: string[] } {
  const fields: Record<string, string> = ARGUMENTS[method];
  const read: Record<string, unknown> = {};
  const missing: string[] = [];
  for (const [name, field] of Object.entries(fields)) {
    const value = given[name];
    if (value === undefined || value === null || value === "") {
      if (!field.endsWith("?")) missing.push(`missing required field: ${name}`);
    } else {
      read[name] = readValue(name, field.replace("?", ""), value);
    }
  }
  const oneOf = ONE_OF[method] ?? [];
  if (oneOf.length > 0 && !oneOf.some((name) => name in read)) {
    missing.push(`missing required field: ${oneOf.join(" or ")}`);
  }
  if (missing.length > 0) throw refuse("invalid_arguments", ...missing);
  return {
    read: read as Arguments<M>, // the loop above went through the table that the type is made of
    unknown: Object.keys(given).filter((name) => name !== "token" && !(name in fields)),
  };
}

function readValue(name: string, kind: string, value: unknown): unknown {
  const wrong = refuse(
    name === "blocks" ? "invalid_blocks_format" : "invalid_arguments",
    `must be a ${kind} [json-pointer:/${name}]`,
  );
  switch (kind) {
    case "string":
      if (typeof value !== "string") throw wrong;
      return value;
    case "number": {
      const number = Number(value);
      if (!Number.isFinite(number)) throw wrong;
      return number;
    }
    case "boolean":
      if (![true, false, "true", "false", "1", "0"].includes(value as string | boolean)) throw wrong;
      return value === true || value === "true" || value === "1";
    default:
      return typeof value === "string" ? parseJson(value, wrong) : value;
  }
}

function parseJson(text: string, wrong: Error): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw wrong;
  }
}
