// The key that signs and seals is replaced while the service runs, by somebody who has lost the old one.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectSlack } from "../../dev/connect-slack.ts";
import { freePortWithNext } from "../../dev/local/free-port.ts";
import { DEV_API_KEY } from "../../dev/local/seed-tenant.ts";
import { createReceiver, type Receiver } from "../../dev/receiver.ts";
import { createSlackStandIn } from "../../dev/slack/server.ts";
import { sealedWith } from "../../shared/secrets/seal.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import { eventually } from "../support/eventually.ts";
import type { TestDiarist } from "../support/stack/diarist.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";

/** Its operator does not know it: each Worker has it, and Cloudflare gives no secret back. */
const LOST = "the-key-that-was-made-by-the-first-deployment";
const NEW = "the-key-that-its-operator-has-made-just-now";

const slack = createSlackStandIn();
let folder: string;
let port: number;
let slackVars: Record<string, string>;
let receiver: Receiver;
let bytes: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "diarist-rotation-"));
  port = await freePortWithNext();
  slack.configure({ app_url: `http://127.0.0.1:${port}` });
  slackVars = {
    SLACK_CLIENT_ID: slack.app.client_id,
    SLACK_CLIENT_SECRET: slack.app.client_secret,
    SLACK_SIGNING_SECRET: slack.app.signing_secret,
    SLACK_API_URL: new URL("api/", await slack.listen(0)).href,
  };
  bytes = await bytesOf(await record(TALK));
});
afterAll(async () => {
  await receiver?.close();
  await slack.close();
  await rm(folder, { recursive: true });
});

/** Deploys all three Workers with these keys on the same data, for as long as `use` takes. */
async function withKeys<T>(
  keys: Record<string, string>,
  use: (diarist: TestDiarist) => Promise<T>,
): Promise<T> {
  const diarist = await openDiarist({ statePath: folder, port, vars: { ...slackVars, ...keys } });
  try {
    return await use(diarist);
  } finally {
    await diarist.close();
  }
}

/** A recording in Slack and one over the API: its thread gets told, and the webhook verifies with the first secret. */
async function allWorks({ url, call }: TestDiarist): Promise<void> {
  const { message } = slack.userActions.shareFile({ channel: "general", file: { name: "talk.wav", bytes } });
  const form = new FormData();
  form.set("file", new Blob([bytes]), "talk.wav");
  const { id } = (await (await call("/v1/jobs", { method: "POST", body: form })).json()) as { id: string };
  const webhook = await receiver.waitFor(({ body }) => body.includes(id), 60_000);
  expect(webhook.verified).toBe(true);
  const link = /"download_url":"([^"]+)"/.exec(webhook.body)?.[1] ?? "";
  expect(link.startsWith(url)).toBe(true);
  expect((await fetch(link)).status).toBe(200);
  const files = () =>
    slack.messages(message.channel, message.ts).flatMap((reply) => reply.files.map(({ name }) => name));
  await eventually(files).toContain("talk.srt");
}

async function stats({ call }: TestDiarist) {
  const answer = await call("/v1/stats", {}, "dev-operator-key");
  const { secrets_to_reseal, secrets_unreadable } = (await answer.json()) as Record<string, number>;
  return { toReseal: secrets_to_reseal, unreadable: secrets_unreadable };
}

/** The ids of the keys that are needed to open what is stored. */
async function keyIds({ stack }: TestDiarist): Promise<string[]> {
  const { results } = await stack.db
    .prepare("SELECT sealed FROM webhook_secrets UNION ALL SELECT token FROM slack_installs")
    .all<{ sealed: string }>();
  return [...new Set(results.map(({ sealed }) => sealedWith(sealed)))];
}

/** Diarist is started four times. */
const LONG = { timeout: 240_000 };

test(
  "the lost key is replaced: webhooks verify and Slack is told at every step, and the lost one is gone",
  LONG,
  async () => {
    let secret = "";
    receiver = await createReceiver({ secret: () => secret });
    const [lost = ""] = await withKeys({ SIGNING_KEY: LOST }, async (diarist) => {
      const made = await diarist.call("/v1/webhooks/endpoints", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ url: receiver.url, events: ["job.completed"] }),
      });
      ({ secret } = (await made.json()) as { secret: string });
      await connectSlack(diarist.url, DEV_API_KEY, slack.userActions, "Acme");
      slack.userActions.invite({ channel: "general" });
      await allWorks(diarist);
      return keyIds(diarist);
    });

    await withKeys({ SIGNING_KEY: LOST, SIGNING_KEY_NEXT: NEW }, async (diarist) => {
      await allWorks(diarist);
      expect(await keyIds(diarist)).toEqual([lost]);
      expect(await stats(diarist)).toEqual({ toReseal: 0, unreadable: 0 });
    });

    await withKeys({ SIGNING_KEY: LOST, SIGNING_KEY_NEXT: `${NEW} SIGNING_KEY` }, async (diarist) => {
      await allWorks(diarist);
      await diarist.stack.sweep();
      expect(await keyIds(diarist)).not.toContain(lost);
      expect(await stats(diarist)).toEqual({ toReseal: 0, unreadable: 0 });
    });

    await withKeys({ SIGNING_KEY: NEW }, async (diarist) => {
      await allWorks(diarist);
      expect(await stats(diarist)).toEqual({ toReseal: 0, unreadable: 0 });
    });
  },
);

test(
  "a key that was dropped too early is missed: the operator reads how many secrets need it",
  LONG,
  async () => {
    const other = "another-key-with-which-nothing-has-been-sealed";
    await withKeys({ SIGNING_KEY: other }, async (diarist) => {
      const { toReseal, unreadable } = await stats(diarist);
      expect({ toReseal, isMissed: (unreadable ?? 0) >= 3 }).toEqual({ toReseal: 0, isMissed: true });
      expect(diarist.logs.join("\n")).toContain("operator.secret_unreadable");
    });
    await withKeys({ SIGNING_KEY: `${other} ${NEW}` }, async (diarist) => {
      await diarist.stack.sweep();
      expect(await stats(diarist)).toEqual({ toReseal: 0, unreadable: 0 });
    });
  },
);
