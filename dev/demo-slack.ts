import { readFile } from "node:fs/promises";
import { connectSlack } from "./connect-slack.ts";
import type { CheckedBlock } from "./slack/block-kit.ts";
import type { ShownMessage, ShownWorkspace } from "./slack/show-workspace.ts";

const PATIENCE_MS = 120_000;
const POLL_MS = 25;

/** Shows a thread in the terminal: a recording is dropped in a channel, and what the app says there follows. */
export async function showSlack(base: string, slack: URL, apiKey: string, sample: string): Promise<void> {
  const standIn = openStandIn(slack);
  if (!(await standIn.state()).teams[0]?.is_installed) {
    await connectSlack(base, apiKey, {
      async authorize(url, answer) {
        const { location } = await standIn.act("authorize", { url: String(url), ...answer });
        return new URL(location ?? "");
      },
    });
    console.log("An admin of Acme installed the app by a link of its tenant.");
  }
  await standIn.act("invite", { channel: "general" });
  const name = "standup.mp3";
  const base64 = (await readFile(sample)).toString("base64");
  const text = "Here is today's standup";
  const shared = await standIn.act("share_file", { channel: "general", text, file: { name, base64 } });
  console.log(`\n#general\n\n  alice  ${text}\n         [${name}]\n`);

  const thread = await followThread(standIn, shared.channel ?? "", shared.ts ?? "");
  const files = thread.flatMap(({ files }) => files);
  for (const { id, name } of files) {
    const content = (await standIn.file(id)).split("\n");
    const more = content.length > 12 ? `… and ${content.length - 12} lines more` : "";
    console.log(`\n${name}\n\n${indent([...content.slice(0, 12), more].join("\n"))}`);
  }
}

type StandIn = ReturnType<typeof openStandIn>;

/** The stand-in over HTTP, be it this process's or a running one. */
function openStandIn(url: URL) {
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(new URL(`control/${path}`, url), init);
    if (!response.ok) throw new Error(`The stand-in of Slack: ${await response.text()}`);
    return response;
  };
  return {
    // Its own answers, in the shapes of control-routes.ts.
    state: async () => (await (await ask("state")).json()) as ShownWorkspace,
    file: async (id: string) => (await ask(`files/${id}`)).text(),
    async act(action: string, body: object) {
      const response = await ask(`user-actions/${action}`, { method: "POST", body: JSON.stringify(body) });
      return (await response.json()) as Partial<Record<"location" | "channel" | "ts" | "file", string>>;
    },
  };
}

/** Prints each message and each change of one as it comes; ends when both files are there. */
async function followThread(standIn: StandIn, channel: string, ts: string): Promise<ShownMessage[]> {
  const shown = new Map<string, string>();
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; ) {
    const { channels } = await standIn.state();
    const all = channels.find(({ id }) => id === channel)?.messages ?? [];
    const replies = all.filter(({ thread_ts, is_from_app }) => is_from_app && thread_ts === ts);
    for (const message of replies) {
      for (const [n, version] of message.versions.entries()) {
        const key = `${message.ts} ${n}`;
        const view = draw(version.text, version.blocks, message.files);
        if (shown.has(key)) continue;
        shown.set(key, view);
        const what = n === 0 ? "diarist" : "diarist (edited)";
        console.log(`    ${new Date(version.at).toISOString().slice(11, 23)}  ${what}\n${indent(view)}\n`);
      }
    }
    const names = replies.flatMap(({ files }) => files.map(({ name }) => name));
    if ([".txt", ".srt"].every((end) => names.some((name) => name.endsWith(end)))) return replies;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error("The transcript did not come in time.");
}

/** What people see: blocks when there are any, with buttons in brackets. */
function draw(text: string, blocks: CheckedBlock[], files: ShownMessage["files"]): string {
  const lines = blocks.length > 0 ? blocks.flatMap(drawBlock) : text === "" ? [] : [text];
  const size = (bytes: number) => (bytes < 2_000 ? `${bytes} bytes` : `${Math.round(bytes / 1_000)} kB`);
  return [...lines, ...files.map((file) => `[${file.name}, ${size(file.size)}]`)].join("\n");
}

function drawBlock(block: CheckedBlock): string[] {
  switch (block.type) {
    case "section":
      return [...(block.text ? [block.text.text] : []), ...(block.fields ?? []).map(({ text }) => text)];
    case "header":
      return [block.text.text];
    case "markdown":
      return [block.text];
    case "context":
      return block.elements.map((element) => ("text" in element ? element.text : element.alt_text));
    case "actions":
      return [
        block.elements
          .map((element) => (element.type === "button" ? `( ${element.text.text} )` : ""))
          .join("  "),
      ];
    default:
      return [];
  }
}

function indent(text: string): string {
  return text.replace(/^/gm, "           ").trimEnd();
}
