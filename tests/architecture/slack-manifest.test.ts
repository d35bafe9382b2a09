import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../dev/root.ts";
import { DEFAULT_SETTINGS } from "../../dev/slack/settings.ts";
import { TRANSCRIBE_COMMAND, TRANSCRIBE_SHORTCUT } from "../../shared/slack/actions.ts";
import { BOT_SCOPES } from "../../shared/slack/scopes.ts";

const manifest = readFileSync(join(ROOT, "slack", "manifest.yaml"), "utf8");

/** The items of the list under a key. */
function listUnder(key: string): string[] {
  const lines = manifest.split("\n");
  const from = lines.findIndex((line) => line.trim() === `${key}:`) + 1;
  const until = lines.findIndex((line, n) => n >= from && !/^ +- /.test(line));
  return lines.slice(from, until).map((line) => line.replace(/^ +- /, ""));
}

test("the manifest asks for the scopes that an installation asks for", () => {
  expect(listUnder("bot")).toEqual([...BOT_SCOPES]);
});

test("the manifest subscribes to what the stand-in of Slack sends", () => {
  expect(listUnder("bot_events").toSorted()).toEqual(DEFAULT_SETTINGS.bot_events.toSorted());
});

test("the manifest names the command and the shortcut that the routes know, and only addresses of one host", () => {
  expect(manifest).toContain(`command: ${TRANSCRIBE_COMMAND}\n`);
  expect(manifest).toContain(`callback_id: ${TRANSCRIBE_SHORTCUT}\n`);
  const addresses = [...manifest.matchAll(/https:\/\/[^\s/]+(\/slack\/\w+)/g)];
  expect(addresses.map(([, path]) => path).toSorted()).toEqual([
    "/slack/commands",
    "/slack/events",
    "/slack/interactions",
    "/slack/oauth_redirect",
  ]);
  expect(new Set(addresses.map(([url]) => new URL(url).host))).toEqual(new Set(["diarist.example.com"]));
});
