// What reaches the app from Slack, or says so: signatures, replays, copies, workspaces that come and go.

import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Delivery } from "../../dev/slack/deliver.ts";
import { sign } from "../../dev/slack/sign.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import { eventually } from "../support/eventually.ts";
import { openSlackDiarist } from "../support/stack/open-diarist.ts";
import type { SlackDiarist } from "../support/stack/slack.ts";
import { count } from "../support/stack/storage.ts";
import { createTenant } from "../support/stack/tenants.ts";

let diarist: SlackDiarist;
let bytes: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  diarist = await openSlackDiarist();
  bytes = await bytesOf(await record(TALK));
});
beforeEach(() => diarist.slack.configure({ reset: true, app_url: diarist.url }));
afterAll(() => diarist?.close());

const share = (more: object = {}) =>
  diarist.slack.userActions.shareFile({ channel: "general", file: { name: "talk.wav", bytes }, ...more });
const countRequests = () => count(diarist.stack.db, "SELECT count(*) AS n FROM slack_requests");
const countJobs = () => count(diarist.stack.db, "SELECT count(*) AS n FROM jobs");

/** A genuine event that nobody has sent yet; its file is not there, so that it comes to nothing. */
function genuineEvent(): string {
  const { teams, channels } = diarist.slack.state();
  const team_id = teams[0]?.id ?? "";
  const channel_id = channels.find(({ name }) => name === "general")?.id ?? "";
  const event = { type: "file_shared", file_id: "F0NOWHERE00", user_id: "U1", channel_id };
  const event_id = `Ev${crypto.randomUUID()}`;
  return JSON.stringify({ type: "event_callback", team_id, event_id, api_app_id: "A1", event });
}

type Forged = { body: string; secret?: string; age?: number; signedBody?: string; type?: string };

/** Sends it signed as said, `age` seconds ago; gives the status and how many requests were kept. */
async function send({ body, secret, age = 0, signedBody = body, type = "application/json" }: Forged) {
  const before = await countRequests();
  const timestamp = String(Math.floor(Date.now() / 1000) - age);
  const response = await fetch(`${diarist.url}/slack/events`, {
    method: "POST",
    headers: {
      "content-type": type,
      "x-slack-request-timestamp": timestamp,
      "x-slack-signature": sign(secret ?? diarist.slack.app.signing_secret, timestamp, signedBody),
    },
    body,
  });
  return { status: response.status, kept: (await countRequests()) - before };
}

test("a request is taken when Slack signed it within five minutes, and not a bit otherwise", async () => {
  const body = genuineEvent();
  const refused = { status: 401, kept: 0 };
  expect(await send({ body, secret: "another" })).toEqual(refused);
  expect(await send({ body, signedBody: body.replace("F0NOWHERE00", "F0NOWHERE01") })).toEqual(refused);
  expect(await send({ body, age: 305 })).toEqual(refused);
  expect(await send({ body, age: -305 })).toEqual(refused);
  expect(await send({ body, age: 295 })).toEqual({ status: 200, kept: 1 });
  expect(await send({ body: genuineEvent(), age: -295 })).toEqual({ status: 200, kept: 1 });
});

test("a request without a signature, or with half of one, is refused", async () => {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const body = genuineEvent();
  const genuine = sign(diarist.slack.app.signing_secret, timestamp, body);
  const post = async (headers: Record<string, string>) =>
    (await fetch(`${diarist.url}/slack/events`, { method: "POST", headers, body })).status;
  expect(await post({})).toBe(401);
  expect(await post({ "x-slack-signature": genuine })).toBe(401);
  expect(await post({ "x-slack-request-timestamp": timestamp })).toBe(401);
  const timed = { "x-slack-request-timestamp": timestamp };
  expect(await post({ ...timed, "x-slack-signature": genuine.slice(0, -1) })).toBe(401);
  expect(await post({ ...timed, "x-slack-signature": genuine.replace("v0=", "v1=") })).toBe(401);
  expect(await post({ ...timed, "x-slack-signature": genuine })).toBe(200);
});

test("Slack's check of the certificate is answered and smuggles nothing in", async () => {
  const before = await countRequests();
  const post = async (type: string, body: string) => {
    const headers = { "content-type": type };
    return (await fetch(`${diarist.url}/slack/events`, { method: "POST", headers, body })).status;
  };
  const form = "application/x-www-form-urlencoded";
  const event = genuineEvent();
  expect(await post(form, "ssl_check=1&token=x")).toBe(200);
  expect(await post(form, new URLSearchParams({ ssl_check: "1", payload: event }).toString())).toBe(200);
  expect(await post(form, "ssl_check=0&token=x")).toBe(401);
  expect(await post("application/json", JSON.stringify({ ...JSON.parse(event), ssl_check: "1" }))).toBe(401);
  expect(await countRequests()).toBe(before);
});

test("a genuine command that is sent again by somebody who listened is without effect", async () => {
  const pressed = await diarist.slack.userActions.command({
    channel: "general",
    command: "/transcribe",
    text: "https://recordings.invalid/a.mp3",
  });
  const { at } = pressed.attempts[0] ?? { at: "" };
  const timestamp = String(Math.floor(Date.parse(at) / 1000));
  await eventually(async () => (await countOpen()) === 0).toBe(true);
  const before = [await countRequests(), await countJobs()];
  const replayed = await fetch(pressed.url, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "x-slack-request-timestamp": timestamp,
      "x-slack-signature": sign(diarist.slack.app.signing_secret, timestamp, pressed.body),
    },
    body: pressed.body,
  });
  expect(replayed.status).toBe(200);
  await eventually(async () => (await countOpen()) === 0).toBe(true);
  expect([await countRequests(), await countJobs()]).toEqual(before);
});

/** Requests that are not done yet. */
const countOpen = () =>
  count(diarist.stack.db, "SELECT count(*) AS n FROM slack_requests WHERE task IS NOT NULL");

test("the challenge is answered when the address is entered", async () => {
  const { attempts } = await diarist.slack.userActions.verifyUrl();
  expect(JSON.parse(attempts[0]?.answer ?? "")).toEqual({ challenge: "3eZbrw1aB1" });
});

test("five copies each of three events for one file, all at once: one job, one thread", async () => {
  const jobs = await countJobs();
  diarist.slack.configure({ copies: 5 });
  const shared = share({ text: "@diarist please" });
  const deliveries: Delivery[] = await shared.told;
  expect(deliveries).toHaveLength(15);
  expect(deliveries.every(({ attempts }) => attempts[0]?.status === 200)).toBe(true);
  await diarist.transcribed(shared);
  expect(await countJobs()).toBe(jobs + 1);

  // And late: a retry of an event, and the file shared once more.
  for (const delivery of deliveries.slice(0, 3)) await diarist.slack.sendAgain(delivery);
  await share({ file: shared.file.id }).told;
  await eventually(async () => (await countOpen()) === 0).toBe(true);
  expect(await countJobs()).toBe(jobs + 1);
  expect(diarist.repliesTo(shared.message).map(({ files }) => files.length)).toEqual([0, 0, 2]);
});

test("what the app says itself is told to it, and leads to nothing", async () => {
  const shared = share({ channel: "dm" });
  await diarist.transcribed(shared);
  const jobs = await countJobs();
  const own = diarist.slack
    .deliveries()
    .filter(({ kind, body }) => kind === "event" && body.includes('"bot_id"'));
  expect(own.length).toBeGreaterThan(0);
  await eventually(async () => (await countOpen()) === 0).toBe(true);
  expect(await countJobs()).toBe(jobs);
});

test("each workspace's jobs belong to the tenant that connected it, and its link works once", async () => {
  const other = await createTenant(diarist, "globex");
  await diarist.connect("Globex", other.key);
  diarist.slack.userActions.invite({ team: "Globex", channel: "general" });
  const { jobId } = await diarist.transcribed(share({ team: "Globex" }));
  expect((await diarist.call(`/v1/jobs/${jobId}`)).status).toBe(404);
  expect((await diarist.call(`/v1/jobs/${jobId}`, {}, other.key)).status).toBe(200);
  // Taken already: Acme's tenant cannot have it as well.
  await expect(diarist.connect("Globex")).rejects.toThrow("slack_other_tenant");
});

test("an OAuth state works once, and a cancelled installation says so", async () => {
  const made = await diarist.call("/v1/slack/install-links", { method: "POST" });
  const { url } = Object(await made.json());
  const open = async () => (await fetch(url, { redirect: "manual" })).headers.get("location") ?? "";
  const { authorize } = diarist.slack.userActions;
  const cancelled = await fetch(await authorize(await open(), { decision: "cancel" }));
  expect(await cancelled.text()).toContain("access_denied");
  const back = await authorize(await open());
  expect((await fetch(back)).status).toBe(200);
  expect((await fetch(back)).status).toBe(400);
  expect((await fetch(url, { redirect: "manual" })).status).toBe(400);
});

test("tokens are nowhere in the logs, and sealed in the database", async () => {
  const { results } = await diarist.stack.db
    .prepare("SELECT token FROM slack_installs")
    .all<{ token: string }>();
  expect(results.length).toBeGreaterThan(0);
  for (const { token } of results) expect(token).not.toContain("xoxb");
  const logs = diarist.logs.join("\n");
  expect(logs).not.toContain("xoxb-");
  expect(logs).not.toContain(diarist.slack.app.client_secret);
  expect(logs).not.toContain(diarist.slack.app.signing_secret);
});

test("a workspace that takes the app out is forgotten, and can have it again", async () => {
  await diarist.slack.userActions.uninstall({ team: "Acme" });
  const installed = async () => Object(await (await diarist.call("/v1/slack/installs")).json()).data;
  await eventually(installed).toEqual([]);
  await diarist.connect("Acme");
  diarist.slack.userActions.invite({ channel: "general" });
  expect(await installed()).toMatchObject([{ team_name: "Acme", missing_scopes: [] }]);
  await diarist.transcribed(share());
});
