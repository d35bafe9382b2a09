import { expect } from "vitest";
import { connectSlack } from "../../../dev/connect-slack.ts";
import { DEV_API_KEY } from "../../../dev/local/seed-tenant.ts";
import type { SlackStandIn, SlackStandInOptions } from "../../../dev/slack/server.ts";
import type { ShownMessage } from "../../../dev/slack/show-workspace.ts";
import type { Shared } from "../../../dev/slack/user-actions.ts";
import { eventually } from "../eventually.ts";
import { startDiarist, type TestDiarist, type TestOptions } from "./diarist.ts";

/** A running Diarist beside a stand-in of Slack, installed in Acme for the local tenant, its bot in #general. */
export type SlackDiarist = TestDiarist & {
  slack: SlackStandIn & { url: URL };
  /** Installs the app in a workspace, for the tenant of this key. */
  connect(team: string, key?: string): Promise<void>;
  /** What the app has said under a message, as people see it now. */
  repliesTo(said: Place): ShownMessage[];
  /** The thread under a recording when it is told to the end. */
  transcribed(shared: Pick<Shared, "message">): Promise<Thread>;
};

type Place = { channel: string; ts: string };
type Thread = {
  status: ShownMessage;
  excerpt: ShownMessage;
  /** The attached files' text, by the end of their name. */
  txt: string;
  srt: string;
  jobId: string;
};

export type SlackOptions = TestOptions & { slack?: SlackStandInOptions };

export async function startSlackDiarist(options: SlackOptions = {}): Promise<SlackDiarist> {
  const diarist = await startDiarist({ ...options, slack: options.slack ?? {} });
  const { slack, url } = diarist;
  if (!slack) throw new Error("a stand-in of Slack was asked for");
  const connect = (team: string, key = DEV_API_KEY) => connectSlack(url, key, slack.userActions, team);
  await connect("Acme");
  slack.userActions.invite({ channel: "general" });

  const repliesTo = ({ channel, ts }: Place) =>
    slack.messages(channel, ts).filter(({ is_from_app, is_deleted }) => is_from_app && !is_deleted);
  return {
    ...diarist,
    slack,
    connect,
    repliesTo,
    async transcribed({ message }) {
      const fileOf = (end: string) =>
        repliesTo(message)
          .flatMap(({ files }) => files)
          .find(({ name }) => name.endsWith(end))?.id;
      await eventually(() => [fileOf(".txt"), fileOf(".srt")]).toEqual([
        expect.any(String),
        expect.any(String),
      ]);
      const [status, excerpt] = repliesTo(message);
      if (!status || !excerpt) throw new Error("a thread has a status and an excerpt");
      const textOf = (end: string) => Buffer.from(slack.fileBytes(fileOf(end) ?? "")).toString();
      return { status, excerpt, txt: textOf(".txt"), srt: textOf(".srt"), jobId: jobOf(status) };
    },
  };
}

/** The job that a status message's buttons are about. */
function jobOf({ blocks }: ShownMessage): string {
  return /"value":"(job_\w+)"/.exec(JSON.stringify(blocks))?.[1] ?? "";
}

/** What was said, without times and speakers. */
export function wordsOf(rendered: string): string {
  return rendered
    .split("\n")
    .filter((line) => !/^\d+$|-->/.test(line))
    .map((line) => line.replace(/^(\[[\d:]+\] )?(SPEAKER_\d+: )?/, ""))
    .join(" ")
    .replace(/\s+/g, " ")
    .trim();
}
