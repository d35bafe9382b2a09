/** The routes that a test or a demo calls: settings, what people do, what was seen. Not Slack's. */

import { z } from "zod";
import { explain } from "../stand-in/control.ts";
import { answerControl as answerCommon, readJson, refuse, show } from "../stand-in/control-routes.ts";
import type { Asked, Reply } from "./http.ts";
import { showWorkspace } from "./show-workspace.ts";
import type { Slack } from "./slack.ts";
import type { UserActions } from "./user-actions.ts";

const place = { team: z.string().optional(), user: z.string().optional(), channel: z.string() };
const actor = { team: z.string().optional(), user: z.string().optional() };
const newFile = z.strictObject({
  name: z.string(),
  title: z.string().optional(),
  base64: z.base64(),
  mimetype: z.string().optional(),
  filetype: z.string().optional(),
  subtype: z.enum(["slack_audio", "slack_video"]).optional(),
  duration_ms: z.int().optional(),
  is_foreign: z.boolean().optional(),
});

const SCHEMAS = {
  authorize: z.strictObject({
    url: z.url(),
    team: z.string().optional(),
    decision: z.enum(["allow", "cancel"]).optional(),
  }),
  invite: z.strictObject(place),
  kick: z.strictObject(place),
  share_file: z.strictObject({
    ...place,
    file: z.union([z.string(), newFile]),
    text: z.string().optional(),
    thread_ts: z.string().optional(),
  }),
  post: z.strictObject({ ...place, text: z.string(), thread_ts: z.string().optional() }),
  command: z.strictObject({ ...place, command: z.string(), text: z.string().optional() }),
  shortcut: z.strictObject({ ...place, ts: z.string(), callback_id: z.string() }),
  press: z.strictObject({ ...place, ts: z.string(), action_id: z.string() }),
  submit: z.strictObject({ view: z.string(), values: z.record(z.string(), z.string()) }),
  close_view: z.strictObject({ view: z.string() }),
  uninstall: z.strictObject(actor),
  revoke_tokens: z.strictObject(actor),
  verify_url: z.strictObject({}),
};

/** Answers everything under `/control`; a mistake in a user action is answered with 400. */
export async function answerControl(slack: Slack, userActions: UserActions, asked: Asked): Promise<Reply> {
  const { pathname } = asked.url;
  const [, , section = "", name = ""] = pathname.split("/");
  switch (`${asked.http} ${section}`) {
    case "GET deliveries":
      return show(200, slack.deliverer.list());
    case "GET state":
      return show(200, showWorkspace(slack));
    case "GET files": {
      const file = slack.workspace.files.get(name);
      if (file === undefined) return refuse(404, `there is no file ${name}`);
      const headers = { "content-type": file.facts.mimetype };
      return { status: 200, headers, body: file.bytes, outcome: "ok" };
    }
    case "POST user-actions":
      return act(userActions, name, asked.body);
    default: {
      const help = "See dev/slack/README.md for the routes under /control.";
      return answerCommon({ method: asked.http, path: pathname, body: asked.body }, slack, help);
    }
  }
}

async function act(userActions: UserActions, name: string, body: Buffer): Promise<Reply> {
  if (!isAction(name)) return refuse(404, `User actions: ${Object.keys(SCHEMAS).join(", ")}.`);
  const given = body.length === 0 ? { ok: true as const, value: {} } : readJson(body);
  if (!given.ok) return refuse(400, given.message);
  try {
    return show(200, (await perform(userActions, name, given.value)) ?? {});
  } catch (error) {
    return refuse(400, error instanceof z.ZodError ? explain(error) : String(Object(error).message));
  }
}

function isAction(name: string): name is keyof typeof SCHEMAS {
  return Object.hasOwn(SCHEMAS, name);
}

async function perform(
  userActions: UserActions,
  name: keyof typeof SCHEMAS,
  body: unknown,
): Promise<unknown> {
  switch (name) {
    case "authorize": {
      const { url, ...answer } = SCHEMAS.authorize.parse(body);
      return { location: (await userActions.authorize(url, given(answer))).href };
    }
    case "invite":
      return userActions.invite(given(SCHEMAS.invite.parse(body)));
    case "kick":
      return userActions.kick(given(SCHEMAS.kick.parse(body)));
    case "share_file": {
      const { file, ...share } = SCHEMAS.share_file.parse(body);
      const { message, file: shared } = userActions.shareFile({ ...given(share), file: readFile(file) });
      return { ts: message.ts, channel: message.channel, file: shared.id };
    }
    case "post": {
      const { message } = userActions.post(given(SCHEMAS.post.parse(body)));
      return { ts: message.ts, channel: message.channel };
    }
    case "command":
      return userActions.command(given(SCHEMAS.command.parse(body)));
    case "shortcut":
      return userActions.shortcut(given(SCHEMAS.shortcut.parse(body)));
    case "press":
      return userActions.press(given(SCHEMAS.press.parse(body)));
    case "submit":
      return userActions.submit(SCHEMAS.submit.parse(body));
    case "close_view":
      return userActions.closeView(SCHEMAS.close_view.parse(body));
    case "uninstall":
      return userActions.uninstall(given(SCHEMAS.uninstall.parse(body)));
    case "revoke_tokens":
      return userActions.revokeTokens(given(SCHEMAS.revoke_tokens.parse(body)));
    case "verify_url":
      return userActions.verifyUrl();
  }
}

function readFile(file: z.infer<typeof newFile> | string) {
  if (typeof file === "string") return file;
  const { base64, ...rest } = file;
  return { ...given(rest), bytes: Buffer.from(base64, "base64") };
}

type Given<Value> = { [Key in keyof Value]: Exclude<Value[Key], undefined> };

/** Without the keys that are undefined, which JSON cannot express. */
function given<Value extends object>(value: Value): Given<Value> {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as Given<Value>;
}
