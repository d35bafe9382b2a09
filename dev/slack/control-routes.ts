/** The routes that a test or a demo calls: settings, what people do, what was seen. Not Slack's. */

import { z } from "zod";
import {
  answerControl as answerCommon,
  messageOf,
  readJson,
  refuse,
  show,
} from "../stand-in/control-routes.ts";
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

const ACTIONS: Record<string, (people: UserActions, body: unknown) => unknown> = {
  authorize: action(
    {
      url: z.url(),
      team: z.string().optional(),
      decision: z.enum(["allow", "cancel"]).optional(),
    },
    async (people, { url, ...answer }) => ({ location: (await people.authorize(url, answer)).href }),
  ),
  invite: action(place, (people, where) => people.invite(where)),
  kick: action(place, (people, where) => people.kick(where)),
  share_file: action(
    {
      ...place,
      file: z.union([z.string(), newFile]),
      text: z.string().optional(),
      thread_ts: z.string().optional(),
    },
    (people, { file, ...share }) => {
      const { message, file: shared } = people.shareFile({ ...share, file: readFile(file) });
      return { ts: message.ts, channel: message.channel, file: shared.id };
    },
  ),
  post: action({ ...place, text: z.string(), thread_ts: z.string().optional() }, (people, said) => {
    const { message } = people.post(said);
    return { ts: message.ts, channel: message.channel };
  }),
  command: action({ ...place, command: z.string(), text: z.string().optional() }, (people, typed) =>
    people.command(typed),
  ),
  shortcut: action({ ...place, ts: z.string(), callback_id: z.string() }, (people, used) =>
    people.shortcut(used),
  ),
  press: action({ ...place, ts: z.string(), action_id: z.string() }, (people, pressed) =>
    people.press(pressed),
  ),
  submit: action({ view: z.string(), values: z.record(z.string(), z.string()) }, (people, answers) =>
    people.submit(answers),
  ),
  close_view: action({ view: z.string() }, (people, closed) => people.closeView(closed)),
  uninstall: action(actor, (people, by) => people.uninstall(by)),
  revoke_tokens: action(actor, (people, by) => people.revokeTokens(by)),
  verify_url: action({}, (people) => people.verifyUrl()),
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
  const perform = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (perform === undefined) return refuse(404, `User actions: ${Object.keys(ACTIONS).join(", ")}.`);
  try {
    return show(200, (await perform(userActions, body.length === 0 ? {} : readJson(body))) ?? {});
  } catch (error) {
    return refuse(400, messageOf(error));
  }
}

/** A user action whose arguments are checked first. */
function action<Shape extends z.ZodRawShape>(
  shape: Shape,
  perform: (people: UserActions, args: Given<z.infer<z.ZodObject<Shape>>>) => unknown,
) {
  const schema = z.strictObject(shape);
  return (people: UserActions, body: unknown) => perform(people, given(schema.parse(body)));
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
