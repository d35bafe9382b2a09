/** The routes a test or a demo speaks to: how Slack shall behave, what people do, what was seen. Not Slack's. */

import { z } from "zod";
import { type Asked, jsonReply, type Reply } from "./http.ts";
import { showWorld } from "./show-workspace.ts";
import type { Slack } from "./slack.ts";
import type { Gestures } from "./user-actions.ts";

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

/** Answers everything under `/control`; a gesture's mistakes are told with 400. */
export async function answerControl(slack: Slack, gestures: Gestures, asked: Asked): Promise<Reply> {
  const { pathname } = asked.url;
  const [, , section = "", name = ""] = pathname.split("/");
  switch (`${asked.http} ${section}`) {
    case "GET ":
      return jsonReply(200, slack.control.settings());
    case "PUT ": {
      const result = slack.control.patch(parse(asked.body));
      return result.ok ? jsonReply(200, result.settings) : refuse(400, result.message);
    }
    case "GET calls":
      return jsonReply(200, slack.calls.list());
    case "DELETE calls":
      slack.calls.clear();
      return jsonReply(200, []);
    case "GET deliveries":
      return jsonReply(200, slack.deliverer.list());
    case "GET state":
      return jsonReply(200, showWorld(slack));
    case "GET files": {
      const file = slack.world.files.get(name);
      if (file === undefined) return refuse(404, `there is no file ${name}`);
      return {
        status: 200,
        headers: { "content-type": file.facts.mimetype },
        body: file.bytes,
        outcome: "ok",
      };
    }
    case "POST gestures":
      return act(gestures, name, parse(asked.body)).catch((error: unknown) =>
        refuse(400, error instanceof z.ZodError ? z.prettifyError(error) : String(Object(error).message)),
      );
    default:
      return refuse(404, "See dev/slack/README.md for the routes under /control.");
  }
}

async function act(gestures: Gestures, name: string, body: unknown): Promise<Reply> {
  if (!Object.hasOwn(SCHEMAS, name)) return refuse(404, `Gestures: ${Object.keys(SCHEMAS).join(", ")}.`);
  return jsonReply(200, (await perform(gestures, name as keyof typeof SCHEMAS, body)) ?? {}); // a key, as just seen
}

async function perform(gestures: Gestures, name: keyof typeof SCHEMAS, body: unknown): Promise<unknown> {
  switch (name) {
    case "authorize": {
      const { url, ...answer } = SCHEMAS.authorize.parse(body);
      return { location: (await gestures.authorize(url, given(answer))).href };
    }
    case "invite":
      return gestures.invite(given(SCHEMAS.invite.parse(body)));
    case "kick":
      return gestures.kick(given(SCHEMAS.kick.parse(body)));
    case "share_file": {
      const { file, ...share } = SCHEMAS.share_file.parse(body);
      const { message, file: shared } = gestures.shareFile({ ...given(share), file: readFile(file) });
      return { ts: message.ts, channel: message.channel, file: shared.id };
    }
    case "post": {
      const { message } = gestures.post(given(SCHEMAS.post.parse(body)));
      return { ts: message.ts, channel: message.channel };
    }
    case "command":
      return gestures.command(given(SCHEMAS.command.parse(body)));
    case "shortcut":
      return gestures.shortcut(given(SCHEMAS.shortcut.parse(body)));
    case "press":
      return gestures.press(given(SCHEMAS.press.parse(body)));
    case "submit":
      return gestures.submit(SCHEMAS.submit.parse(body));
    case "close_view":
      return gestures.closeView(SCHEMAS.close_view.parse(body));
    case "uninstall":
      return gestures.uninstall(given(SCHEMAS.uninstall.parse(body)));
    case "revoke_tokens":
      return gestures.revokeTokens(given(SCHEMAS.revoke_tokens.parse(body)));
    case "verify_url":
      return gestures.verifyUrl();
  }
}

function readFile(file: z.infer<typeof newFile> | string) {
  if (typeof file === "string") return file;
  const { base64, ...rest } = file;
  return { ...given(rest), bytes: Buffer.from(base64, "base64") };
}

type Given<Value> = { [Key in keyof Value]: Exclude<Value[Key], undefined> };

/** Without the keys that are there and undefined, which JSON cannot even say. */
function given<Value extends object>(value: Value): Given<Value> {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as Given<Value>;
}

function parse(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

function refuse(status: number, message: string): Reply {
  return jsonReply(status, { error: { message } }, "refused");
}
