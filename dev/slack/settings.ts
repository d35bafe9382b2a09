/** What can be changed while the stand-in runs: where the app is, how events are sent, limits, downloads, faults. */

import { z } from "zod";
import * as kit from "../stand-in/faults.ts";

/** Which requests meet a fault; all that is named must hold. */
const matchSchema = z.strictObject({
  /** The request's place, from 1, among those this fault could meet. */
  nth: kit.nth.optional(),
  /** A method such as `chat.update`, or what a method's name begins with, such as `chat.`; see Call.method. */
  method: z.string().min(1).optional(),
  team: z.string().min(1).optional(),
});

const actionSchema = z
  .strictObject({
    /** `drop` cuts the connection before anything is done, `drop_after` when it is done. */
    kind: z.enum(["drop", "drop_after", "html", "empty", "cutoff"]).optional(),
    /** Slack's own way to fail: HTTP 200 with `ok: false`. */
    error: z.string().min(1).optional(),
    status: kit.status.optional(),
    headers: kit.headers.optional(),
    body: z.string().optional(),
    delay_seconds: kit.seconds.optional(),
  })
  .refine((action) => Object.keys(action).length > 0, { error: "an empty `do` does nothing" })
  .refine(({ kind, error }) => kind === undefined || error === undefined, {
    error: "either a kind or an error",
  });

const faultSchema = z.strictObject({
  match: matchSchema.optional(),
  do: actionSchema,
  times: kit.positive.optional(),
});

export type Fault = z.infer<typeof faultSchema>;
export type FaultAction = Fault["do"];

export const settingsSchema = z.strictObject({
  /** Where the app listens, without a path; nothing is sent while it is empty. */
  app_url: z.string(),
  paths: z.strictObject({ events: z.string(), commands: z.string(), interactions: z.string() }),
  /** What the app subscribed to; `message.*` by kind of conversation. */
  bot_events: z.array(z.string()),
  /** How often each event is sent at the same time, with one event_id. */
  copies: kit.positive.max(100),
  /** Whether the app is told of what it posted itself. */
  echo: z.boolean(),
  /** Messages a second and channel; 0 is no limit. The real one is about 1. */
  messages_per_second: z.number().min(0),
  /** `signed`: to another host that wants no token; `token`: to one that wants it again; `none`: no redirect. */
  download_redirect: z.enum(["signed", "token", "none"]),
  /** How often `files.info` does not know yet where a file is shared: Slack shares it behind its answers. */
  shares_after: z.int().min(0).max(100),
  faults: z.array(faultSchema).max(1_000),
});

export type Settings = z.infer<typeof settingsSchema>;

export const patchSchema = settingsSchema
  .extend({ paths: settingsSchema.shape.paths.partial(), reset: z.boolean() })
  .partial();

export type SettingsPatch = z.input<typeof patchSchema>;

export const DEFAULT_SETTINGS: Settings = {
  app_url: "",
  paths: { events: "/slack/events", commands: "/slack/commands", interactions: "/slack/interactions" },
  bot_events: [
    "app_mention",
    "app_uninstalled",
    "file_shared",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "tokens_revoked",
  ],
  copies: 1,
  echo: true,
  messages_per_second: 0,
  download_redirect: "signed",
  shares_after: 0,
  faults: [],
};
