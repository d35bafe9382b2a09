/**
 * Block Kit as far as a bot of this kind uses it: shapes and limits, refused in Slack's words. What a schema lets
 * through is, for the compiler, what `@slack/types` calls a block. Lengths are in UTF-16 units.
 */

import type {
  ActionsBlock,
  ContextBlock,
  InputBlock,
  KnownBlock,
  ModalView,
  SectionBlock,
} from "@slack/types";
import { z } from "zod";
import { type ErrorCode, refuse } from "./slack-error.ts";

const MAX_BLOCKS = 50;
const MAX_VIEW_BLOCKS = 100;
const MAX_VIEW_BYTES = 250_000;
/** All text of a message's blocks together; not in the documentation, seen in practice (bolt-js #2509). */
const MAX_TEXT_OF_BLOCKS = 13_200;
const MAX_TEXT = 3_000;
const MAX_ID = 255;

const text = (max: number) =>
  z
    .string({ error: "must be a string" })
    .min(1, { error: "must be more than 0 characters" })
    .max(max, { error: `must be less than ${max + 1} characters` });

const plain = (max: number) =>
  z.strictObject({ type: z.literal("plain_text"), text: text(max), emoji: z.boolean().exactOptional() });
const mrkdwn = (max: number) =>
  z.strictObject({ type: z.literal("mrkdwn"), text: text(max), verbatim: z.boolean().exactOptional() });
const textObject = (max: number) => z.discriminatedUnion("type", [plain(max), mrkdwn(max)]);

const id = text(MAX_ID).exactOptional();
const style = z.enum(["primary", "danger"]).exactOptional();
const confirm = z
  .strictObject({
    title: plain(100).exactOptional(),
    text: textObject(300),
    confirm: plain(30).exactOptional(),
    deny: plain(30).exactOptional(),
    style,
  })
  .exactOptional();
const plainOption = z.strictObject({
  text: plain(75),
  value: text(150).exactOptional(),
  description: plain(75).exactOptional(),
  url: text(3_000).exactOptional(),
});
const options = z
  .array(plainOption)
  .min(1, { error: "must have at least 1 items" })
  .max(100, { error: "no more than 100 items allowed" });
const placeholder = plain(150).exactOptional();
const focus = z.boolean().exactOptional();

const button = z.strictObject({
  type: z.literal("button"),
  text: plain(75),
  action_id: id,
  value: text(2_000).exactOptional(),
  url: text(3_000).exactOptional(),
  style,
  confirm,
  accessibility_label: text(75).exactOptional(),
});
const staticSelect = z.strictObject({
  type: z.literal("static_select"),
  action_id: id,
  options,
  initial_option: plainOption.exactOptional(),
  placeholder,
  confirm,
  focus_on_load: focus,
});
const usersSelect = z.strictObject({
  type: z.literal("users_select"),
  action_id: id,
  initial_user: z.string().exactOptional(),
  placeholder,
  confirm,
  focus_on_load: focus,
});
const overflow = z.strictObject({
  type: z.literal("overflow"),
  action_id: id,
  options: options.max(5, { error: "no more than 5 items allowed" }),
  confirm,
});
const checkboxes = z.strictObject({
  type: z.literal("checkboxes"),
  action_id: id,
  options: options.max(10, { error: "no more than 10 items allowed" }),
  initial_options: z.array(plainOption).exactOptional(),
  confirm,
  focus_on_load: focus,
});
const radioButtons = z.strictObject({
  type: z.literal("radio_buttons"),
  action_id: id,
  options: options.max(10, { error: "no more than 10 items allowed" }),
  initial_option: plainOption.exactOptional(),
  confirm,
  focus_on_load: focus,
});
const textInput = z.strictObject({
  type: z.literal("plain_text_input"),
  action_id: id,
  initial_value: z.string().max(MAX_TEXT, { error: "must be less than 3001 characters" }).exactOptional(),
  multiline: z.boolean().exactOptional(),
  min_length: z.int().min(0).max(3_000).exactOptional(),
  max_length: z.int().min(1).max(3_000).exactOptional(),
  placeholder,
  focus_on_load: focus,
});
const imageElement = z.strictObject({
  type: z.literal("image"),
  image_url: text(3_000),
  alt_text: text(2_000),
});

const selects = [staticSelect, usersSelect] as const;
const section = z
  .strictObject({
    type: z.literal("section"),
    block_id: id,
    text: textObject(MAX_TEXT).exactOptional(),
    fields: z
      .array(textObject(2_000))
      .min(1, { error: "must have at least 1 items" })
      .max(10, { error: "no more than 10 items allowed" })
      .exactOptional(),
    accessory: z
      .discriminatedUnion("type", [button, ...selects, overflow, checkboxes, radioButtons, imageElement])
      .exactOptional(),
    expand: z.boolean().exactOptional(),
  })
  .refine(({ text, fields }) => text !== undefined || fields !== undefined, {
    error: "missing required field: text",
  }) satisfies z.ZodType<SectionBlock>;
const actions = z.strictObject({
  type: z.literal("actions"),
  block_id: id,
  elements: z
    .array(z.discriminatedUnion("type", [button, ...selects, overflow, checkboxes, radioButtons]))
    .min(1, { error: "must have at least 1 items" })
    .max(25, { error: "no more than 25 items allowed" }),
}) satisfies z.ZodType<ActionsBlock>;
const context = z.strictObject({
  type: z.literal("context"),
  block_id: id,
  elements: z
    .array(z.discriminatedUnion("type", [plain(MAX_TEXT), mrkdwn(MAX_TEXT), imageElement]))
    .min(1, { error: "must have at least 1 items" })
    .max(10, { error: "no more than 10 items allowed" }),
}) satisfies z.ZodType<ContextBlock>;
const input = z.strictObject({
  type: z.literal("input"),
  block_id: id,
  label: plain(2_000),
  element: z.discriminatedUnion("type", [textInput, ...selects, checkboxes, radioButtons]),
  hint: plain(2_000).exactOptional(),
  optional: z.boolean().exactOptional(),
  dispatch_action: z.boolean().exactOptional(),
}) satisfies z.ZodType<InputBlock>;
const simple = [
  z.strictObject({ type: z.literal("divider"), block_id: id }),
  z.strictObject({ type: z.literal("header"), block_id: id, text: plain(150) }),
  z.strictObject({ type: z.literal("markdown"), block_id: id, text: text(12_000) }),
  z.strictObject({
    type: z.literal("image"),
    block_id: id,
    image_url: text(3_000),
    alt_text: text(2_000),
    title: plain(2_000).exactOptional(),
  }),
] as const;

const messageBlock = z.discriminatedUnion("type", [section, actions, context, input, ...simple], {
  error: ({ input: block }) => `unsupported type: ${String(Object(block).type)}`,
}) satisfies z.ZodType<KnownBlock>;

/** A block as this stand-in knows it. */
export type CheckedBlock = z.infer<typeof messageBlock>;

const viewBlocks = z.array(messageBlock).max(MAX_VIEW_BLOCKS, { error: "no more than 100 items allowed" });
const modal = z
  .strictObject({
    type: z.literal("modal", { error: "must be a modal" }),
    title: plain(24),
    blocks: viewBlocks,
    close: plain(24).exactOptional(),
    submit: plain(24).exactOptional(),
    private_metadata: z.string().max(3_000, { error: "must be less than 3001 characters" }).exactOptional(),
    callback_id: z.string().max(255, { error: "must be less than 256 characters" }).exactOptional(),
    external_id: z.string().max(255, { error: "must be less than 256 characters" }).exactOptional(),
    clear_on_close: z.boolean().exactOptional(),
    notify_on_close: z.boolean().exactOptional(),
  })
  .refine(({ blocks, submit }) => submit !== undefined || !blocks.some(({ type }) => type === "input"), {
    error: "missing required field: submit",
    path: ["submit"],
  }) satisfies z.ZodType<ModalView>;

/** A view as this stand-in knows it. */
export type CheckedView = z.infer<typeof modal>;

/** The blocks of a message. @throws SlackError `invalid_blocks_format`, `invalid_blocks`, `msg_blocks_too_long` */
export function readBlocks(given: unknown): CheckedBlock[] {
  if (!Array.isArray(given)) throw refuse("invalid_blocks_format", "must be an array [json-pointer:/blocks]");
  const schema = z.array(messageBlock).max(MAX_BLOCKS, { error: "no more than 50 items allowed" });
  const blocks = check(schema, given, "/blocks", "invalid_blocks");
  const total = textsIn(blocks).reduce((sum, { length }) => sum + length, 0);
  if (total > MAX_TEXT_OF_BLOCKS) throw refuse("msg_blocks_too_long");
  return fillIds(blocks, "/blocks", "invalid_blocks");
}

/** A modal. @throws SlackError `view_too_large`, `invalid_arguments` */
export function readView(given: unknown): CheckedView {
  if (JSON.stringify(given).length > MAX_VIEW_BYTES) throw refuse("view_too_large");
  const view = check(modal, given, "/view", "invalid_arguments");
  return { ...view, blocks: fillIds(view.blocks, "/view/blocks", "invalid_arguments") };
}

/** The elements of a block a person can act on. */
export function elementsOf(block: CheckedBlock): Extract<CheckedElement, { action_id?: string }>[] {
  const elements: CheckedElement[] =
    block.type === "actions"
      ? block.elements
      : block.type === "section" && block.accessory
        ? [block.accessory]
        : block.type === "input"
          ? [block.element]
          : [];
  return elements.filter((element) => element.type !== "image");
}

export type CheckedElement =
  | Extract<CheckedBlock, { type: "actions" }>["elements"][number]
  | Extract<CheckedBlock, { type: "input" }>["element"]
  | z.infer<typeof imageElement>;

function check<Schema extends z.ZodType>(
  schema: Schema,
  given: unknown,
  at: string,
  code: ErrorCode,
): z.output<Schema> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw refuse(code, ...parsed.error.issues.flatMap((issue) => explain(issue, at)));
}

function explain(issue: z.core.$ZodIssue, at: string): string[] {
  const pointer = [at, ...issue.path.map(String)].join("/");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => `invalid additional property: ${key} [json-pointer:${pointer}]`);
  }
  return [`${issue.message} [json-pointer:${pointer}]`];
}

/** Ids must differ; Slack makes up those that are not given. */
function fillIds(blocks: CheckedBlock[], at: string, code: ErrorCode): CheckedBlock[] {
  const taken = new Set<string>();
  const claim = (name: string, value: string, pointer: string) => {
    if (taken.has(`${name} ${value}`)) {
      throw refuse(code, `\`${name}\` "${value}" already exists [json-pointer:${pointer}/${name}]`);
    }
    taken.add(`${name} ${value}`);
  };
  blocks.forEach((block, index) => {
    block.block_id ??= `block${index}`;
    claim("block_id", block.block_id, `${at}/${index}`);
    elementsOf(block).forEach((element, place) => {
      element.action_id ??= `action${index}-${place}`;
      claim("action_id", element.action_id, `${at}/${index}/elements/${place}`);
    });
  });
  return blocks;
}

/** Every `text` in it, however deep. */
function textsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "text" && typeof inner === "string" ? [inner] : textsIn(inner),
  );
}
