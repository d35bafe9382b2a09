import { afterAll, beforeEach } from "vitest";
import { createSlackStandIn, type SlackStandIn } from "../../../dev/slack/server.ts";
import type { ShownMessage } from "../../../dev/slack/show-workspace.ts";
import { install } from "../../../dev/slack/testing/harness.ts";
import { newId } from "../../../shared/id.ts";
import type { Job } from "../../../shared/job.ts";
import { SLACK_LINK_MS } from "../../../shared/limits.ts";
import { currentKeyId, seal } from "../../../shared/secrets/seal.ts";
import { slackHosts } from "../../../shared/slack/hosts.ts";
import { BOT_SCOPES } from "../../../shared/slack/scopes.ts";
import { revised, saveRevision } from "../../../shared/storage/edits.ts";
import { claimJob, completed, completeJob } from "../../../shared/storage/job-work.ts";
import { insertInstallLink, saveInstall } from "../../../shared/storage/slack-installs.ts";
import type { NewThread } from "../../../shared/storage/slack-threads.ts";
import { saveSlices } from "../../../shared/storage/transcripts.ts";
import type { SlackDeps } from "../../../workers/ingest/slack/deps.ts";
import { eventFor, insertQueued, NOW, newJob, RESULT } from "../stack/jobs.ts";
import type { Storage } from "../stack/storage.ts";
import { SIGNING_KEY, TENANT } from "../stack/tenant.ts";
import { makeNotifyDeps, type NotifyDeps } from "./notify-deps.ts";

/** A stand-in of Slack by the test's own clock, in whose workspace the app is installed and invited to a channel. */
type SlackPlace = {
  standIn: SlackStandIn;
  apiUrl: string;
  team: string;
  channel: string;
  token: string;
  /** The deps whose clock Slack goes by. */
  follow(deps: { now(): number }): void;
  /** Writes the installation; the database is emptied before each test. */
  saveInstall(db: D1Database, change?: { token?: string; tenantId?: string }): Promise<void>;
  /** A message to hang a thread under; gives its ts. */
  post(): string;
  /** What the app has said under it, as people see it now. */
  replies(ts: string): ShownMessage[];
  /** The text of the files that are to be seen under it, by name. */
  files(ts: string): Record<string, string>;
  close(): Promise<void>;
};

/** A place for the tests of one file: reset, and installed in the emptied database, before each. */
export async function useSlackPlace(db: D1Database): Promise<SlackPlace> {
  const place = await openSlackPlace();
  afterAll(() => place.close());
  beforeEach(async () => {
    place.standIn.configure({ reset: true });
    place.standIn.clearCalls();
    await place.saveInstall(db);
  });
  return place;
}

export async function openSlackPlace(): Promise<SlackPlace> {
  let clock = () => NOW;
  const standIn = createSlackStandIn({ now: () => new Date(clock()), sleep: async () => undefined });
  const url = await standIn.listen(0);
  const { token, team, botUser } = await install(standIn, url, { scopes: [...BOT_SCOPES] });
  standIn.userActions.invite({ channel: "general" });
  const channel =
    standIn.state().channels.find((one) => one.team === team && one.name === "general")?.id ?? "";
  const replies = (ts: string) =>
    standIn.messages(channel, ts).filter(({ is_from_app, is_deleted }) => is_from_app && !is_deleted);
  return {
    standIn,
    apiUrl: new URL("api/", url).href,
    team,
    channel,
    token,
    follow(deps) {
      clock = deps.now;
    },
    async saveInstall(db, change = {}) {
      const tenantId = change.tenantId ?? TENANT;
      await insertInstallLink(db, "link", { tenantId, keyId: "key_1", expiresAt: NOW + SLACK_LINK_MS }, NOW);
      const install = {
        teamId: team,
        tenantId,
        keyId: "key_1",
        teamName: "Acme",
        appId: "A1",
        botUserId: botUser,
        installedBy: null,
        scopes: BOT_SCOPES.join(","),
        token: await seal(SIGNING_KEY, change.token ?? token),
        sealedWith: await currentKeyId(SIGNING_KEY),
        installedAt: NOW,
      };
      await saveInstall(db, install, "link");
    },
    post: () => standIn.userActions.post({ channel: "general", text: "a recording" }).message.ts,
    replies,
    files(ts) {
      const files = replies(ts).flatMap(({ files }) => files);
      return Object.fromEntries(
        files.map(({ id, name }) => [name, Buffer.from(standIn.fileBytes(id)).toString()]),
      );
    },
    close: () => standIn.close(),
  };
}

/** The notify Worker's deps, with this Slack in it. */
export function makeSlackDeps(storage: Pick<Storage, "db">, place: SlackPlace): NotifyDeps {
  const deps = makeNotifyDeps(storage, { fetch: (input, init) => fetch(input, init as RequestInit) });
  deps.config.slack = slackHosts(place.apiUrl, true);
  place.follow(deps);
  return deps;
}

/** The ingest Worker's deps as far as Slack goes, with a clock set by hand and queues that only note. */
type SlackIngestDeps = SlackDeps & {
  time: number;
  sent: { queue: "transcribe" | "notify" | "slack"; body: object; delaySeconds: number }[];
};

/** With this Slack in it. */
export function makeIngestDeps(
  { db, bucket }: Pick<Storage, "db" | "bucket">,
  place: SlackPlace,
): SlackIngestDeps {
  const sent: SlackIngestDeps["sent"] = [];
  const note = (queue: SlackIngestDeps["sent"][number]["queue"]) =>
    ({
      async send(body: object, options?: { delaySeconds?: number }) {
        sent.push({ queue, body, delaySeconds: options?.delaySeconds ?? 0 });
      },
      async sendBatch(messages: { body: object }[]) {
        for (const { body } of messages) sent.push({ queue, body, delaySeconds: 0 });
      },
    }) as unknown as Queue; // no more is asked of it
  const deps: SlackIngestDeps = {
    time: NOW,
    sent,
    env: {
      DB: db,
      BUCKET: bucket,
      TRANSCRIBE_QUEUE: note("transcribe"),
      NOTIFY_QUEUE: note("notify"),
      SLACK_QUEUE: note("slack"),
    },
    config: {
      signingKey: SIGNING_KEY,
      operatorKey: "",
      baseUrl: "https://diarist.example.com",
      mediaBaseUrl: "https://diarist.example.com",
      allowLocal: true,
      pricePerHour: null,
      speechApi: "together",
      slack: {
        clientId: "",
        clientSecret: "",
        signingSecret: "",
        hosts: slackHosts(place.apiUrl, true),
        missing: [],
      },
    },
    fetch: (url, init) => fetch(url, init),
    now: () => deps.time,
    random: () => 0.5,
  };
  place.follow(deps);
  return deps;
}

export function threadAt(
  place: SlackPlace,
  threadTs: string | null,
  change: Partial<NewThread> = {},
): NewThread {
  const { team, channel } = place;
  return {
    teamId: team,
    channelId: channel,
    fileId: `F${newId("slk", NOW)}`,
    threadTs,
    userId: "U1",
    responseUrl: null,
    ...change,
  };
}

/** A job with a thread, and the id of its first event. */
export async function insertTold(db: D1Database, thread: NewThread): Promise<{ job: Job; eventId: string }> {
  const job = await insertQueued(db, newJob({ thread }));
  return { job, eventId: await eventOf(db, job, "job.queued") };
}

const WORDS = ["good", "morning"];
const TRANSCRIPT = {
  language: "en",
  duration: 1,
  text: WORDS.join(" "),
  segments: [{ id: 0, start: 0, end: 1, text: WORDS.join(" ") }],
  words: WORDS.map((word, id) => ({ id, word, start: id / 2, end: (id + 1) / 2, speaker_id: "SPEAKER_00" })),
  speaker_segments: [
    {
      id: 0,
      speaker_id: "SPEAKER_00",
      start: 0,
      end: 1,
      text: WORDS.join(" "),
      words: WORDS.map((word, id) => ({
        id,
        word,
        start: id / 2,
        end: (id + 1) / 2,
        speaker_id: "SPEAKER_00",
      })),
    },
  ],
};

/** Completes a told job with a short transcript; gives the id of the event. */
export async function completeTold(db: D1Database, { id }: Job, now: number): Promise<string> {
  const held = await claimJob(db, id, now);
  if (!held) throw new Error(`${id} could not be claimed`);
  await saveSlices(db, held, [JSON.stringify(TRANSCRIPT)]);
  const done = completed(held, RESULT, 100, now);
  await completeJob(db, done, eventFor(done, "job.completed", { createdAt: now }));
  return eventOf(db, done, "job.completed");
}

/** Names the only speaker; gives the id of the event. */
export async function renameTold(db: D1Database, job: Job, name: string, now: number): Promise<string> {
  const layer = { speakers: { SPEAKER_00: name }, edits: [] };
  const next = revised(job, layer);
  await saveRevision(db, next, layer, eventFor(next, "transcript.updated", { createdAt: now }), []);
  return eventOf(db, next, "transcript.updated");
}

async function eventOf(db: D1Database, job: Job, type: string): Promise<string> {
  const id = await db
    .prepare("SELECT id FROM events WHERE job_id = ? AND type = ?")
    .bind(job.id, type)
    .first<string>("id");
  if (id === null) throw new Error(`${job.id} has no ${type}`);
  return id;
}
