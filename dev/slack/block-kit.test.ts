import { expect, test } from "vitest";
import { readBlocks, readView } from "./block-kit.ts";
import { SlackError } from "./slack-error.ts";

const section = (text: string) => ({ type: "section", text: { type: "mrkdwn", text } });
const button = (label: string, action_id = "a") => ({
  type: "actions",
  elements: [{ type: "button", action_id, text: { type: "plain_text", text: label } }],
});
const modal = (more: object = {}) => ({
  type: "modal",
  title: { type: "plain_text", text: "Rename speakers" },
  blocks: [section("hi")],
  ...more,
});
const input = {
  type: "input",
  label: { type: "plain_text", text: "SPEAKER_00" },
  element: { type: "plain_text_input", action_id: "SPEAKER_00" },
};

/** What Slack says to it: `ok`, or its code and reasons. */
function verdict(check: () => unknown): string | [string, ...string[]] {
  try {
    check();
    return "ok";
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    return [error.code, ...(Object(error.details["response_metadata"]).messages ?? [])];
  }
}

test("fifty blocks are taken, one more is not", () => {
  const blocks = (count: number) => Array.from({ length: count }, () => ({ type: "divider" }));
  expect(verdict(() => readBlocks(blocks(50)))).toBe("ok");
  expect(verdict(() => readBlocks(blocks(51)))).toEqual([
    "invalid_blocks",
    "[ERROR] no more than 50 items allowed [json-pointer:/blocks]",
  ]);
});

test("a section's text has at least one character and at most 3,000", () => {
  expect(verdict(() => readBlocks([section("x".repeat(3000))]))).toBe("ok");
  expect(verdict(() => readBlocks([section("x".repeat(3001))]))).toEqual([
    "invalid_blocks",
    "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
  ]);
  expect(verdict(() => readBlocks([section("")]))).toEqual([
    "invalid_blocks",
    "[ERROR] must be more than 0 characters [json-pointer:/blocks/0/text/text]",
  ]);
});

test("a button's label has at most 75 characters", () => {
  expect(verdict(() => readBlocks([button("x".repeat(75))]))).toBe("ok");
  expect(verdict(() => readBlocks([button("x".repeat(76))]))[0]).toBe("invalid_blocks");
});

test("all blocks together hold 13,200 characters", () => {
  const sections = (total: number) =>
    Array.from({ length: 5 }, (_, n) => section("x".repeat(n < 4 ? 2640 : total - 4 * 2640)));
  expect(verdict(() => readBlocks(sections(13_200)))).toBe("ok");
  expect(verdict(() => readBlocks(sections(13_201)))).toEqual(["msg_blocks_too_long"]);
});

test("an action_id and a block_id are there once in a message", () => {
  expect(verdict(() => readBlocks([button("one", "a"), button("two", "b")]))).toBe("ok");
  expect(verdict(() => readBlocks([button("one", "a"), button("two", "a")]))[0]).toBe("invalid_blocks");
  const named = { ...section("hi"), block_id: "same" };
  expect(verdict(() => readBlocks([named, named]))[0]).toBe("invalid_blocks");
});

test("an unknown block, a misspelt field and a missing one are told with their place", () => {
  expect(verdict(() => readBlocks([{ type: "sektion" }]))).toEqual([
    "invalid_blocks",
    "[ERROR] unsupported type: sektion [json-pointer:/blocks/0/type]",
  ]);
  expect(verdict(() => readBlocks([{ ...section("hi"), txt: "" }]))).toEqual([
    "invalid_blocks",
    "[ERROR] invalid additional property: txt [json-pointer:/blocks/0]",
  ]);
  expect(verdict(() => readBlocks([{ type: "section" }]))).toEqual([
    "invalid_blocks",
    "[ERROR] missing required field: text [json-pointer:/blocks/0]",
  ]);
  expect(verdict(() => readBlocks({}))[0]).toBe("invalid_blocks_format");
});

test("ids that are not given are made up", () => {
  const [block] = readBlocks([
    { type: "actions", elements: [{ type: "button", text: { type: "plain_text", text: "Go" } }] },
  ]);
  expect(block).toMatchObject({ block_id: "block0", elements: [{ action_id: "action0-0" }] });
});

test("a modal's title has at most 24 characters", () => {
  const titled = (length: number) => modal({ title: { type: "plain_text", text: "x".repeat(length) } });
  expect(verdict(() => readView(titled(24)))).toBe("ok");
  expect(verdict(() => readView(titled(25)))).toEqual([
    "invalid_arguments",
    "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]",
  ]);
});

test("a modal with an input needs a submit button", () => {
  const submit = { type: "plain_text", text: "Save" };
  expect(verdict(() => readView(modal({ blocks: [input], submit })))).toBe("ok");
  expect(verdict(() => readView(modal({ blocks: [input] })))).toEqual([
    "invalid_arguments",
    "[ERROR] missing required field: submit [json-pointer:/view/submit]",
  ]);
});

test("a modal holds a hundred blocks, 3,000 characters of metadata and 250,000 bytes", () => {
  const blocks = (count: number) => Array.from({ length: count }, () => ({ type: "divider" }));
  expect(verdict(() => readView(modal({ blocks: blocks(100) })))).toBe("ok");
  expect(verdict(() => readView(modal({ blocks: blocks(101) })))[0]).toBe("invalid_arguments");
  expect(verdict(() => readView(modal({ private_metadata: "x".repeat(3000) })))).toBe("ok");
  expect(verdict(() => readView(modal({ private_metadata: "x".repeat(3001) })))[0]).toBe("invalid_arguments");
  expect(verdict(() => readView(modal({ private_metadata: "x".repeat(250_000) })))).toEqual([
    "view_too_large",
  ]);
});
