import { afterAll, expect, test } from "vitest";
import { startApp } from "../../../dev/slack/testing/harness.ts";
import { parseSlackMessage } from "../../../shared/queue/message.ts";
import { insertSlackRequests } from "../../../shared/storage/slack-requests.ts";
import { useLogs } from "../../../tests/support/stack/logs.ts";
import { count, useStorage } from "../../../tests/support/stack/storage.ts";
import {
  crashing,
  crashingBucket,
  crashingDatabase,
  Killed,
  type Life,
  startLife,
} from "../../../tests/support/workers/crash-after.ts";
import { KILLS, killAfterEach } from "../../../tests/support/workers/kill-after.ts";
import { makeIngestDeps, openSlackPlace } from "../../../tests/support/workers/slack-deps.ts";
import type { SlackDeps } from "./deps.ts";
import { readEvent } from "./read-event.ts";
import { runRequest } from "./run-request.ts";
import { sweepSlack } from "./sweep-slack.ts";

const storage = await useStorage();
const { db } = storage;
useLogs();
const place = await openSlackPlace();
afterAll(() => place.close());

const MINUTE = 60_000;
const CLIP = { name: "talk.wav", bytes: new Uint8Array(100) };

/** The same deps, for as long as this life lasts. */
function crashingDeps(deps: SlackDeps, life: Life): SlackDeps {
  const { DB, BUCKET, ...queues } = deps.env;
  return {
    ...deps,
    env: {
      DB: crashingDatabase(DB, life),
      BUCKET: crashingBucket(BUCKET, life),
      TRANSCRIBE_QUEUE: crashing(queues.TRANSCRIBE_QUEUE, life),
      NOTIFY_QUEUE: crashing(queues.NOTIFY_QUEUE, life),
      SLACK_QUEUE: crashing(queues.SLACK_QUEUE, life),
    },
    fetch: (url, init) => life.step("get", () => deps.fetch(url, init)), // files.info changes nothing
  };
}

const countOpen = () => count(db, "SELECT count(*) AS n FROM slack_requests WHERE task IS NOT NULL");

test("a Worker killed after any step of what it does behind its answer leaves one job of three events", async () => {
  await place.saveInstall(db);
  const app = await startApp();
  place.standIn.configure({ app_url: app.url, echo: false });
  const deps = makeIngestDeps(storage, place);
  let told = 0;
  const steps = await killAfterEach(async (most) => {
    told++;
    const shared = place.standIn.userActions.shareFile({ channel: "general", text: "@diarist", file: CLIP });
    await shared.told;
    const ids: string[] = [];
    for (const { body } of app.received.splice(0)) {
      const event = readEvent(JSON.parse(body));
      if (event.kind !== "tasks") throw new Error(`${body} asks for nothing`);
      ids.push(...(await insertSlackRequests(db, event.id, event.tasks, deps.time)));
    }
    expect(ids).toHaveLength(3);

    const life = startLife(most);
    for (const id of ids) {
      await runRequest(crashingDeps(deps, life), id).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error;
      });
    }
    for (let n = 0; n < 10 && (await countOpen()) > 0; n++) {
      deps.time += MINUTE;
      await sweepSlack(deps.env, deps.now);
      for (const { body } of deps.sent.splice(0)) {
        const message = parseSlackMessage(body);
        if (message) await runRequest(deps, message.slack_request);
      }
    }

    const where = `killed after ${most}: ${life.steps.at(-1)} (${KILLS})`;
    expect(await countOpen(), where).toBe(0);
    expect(await count(db, "SELECT count(*) AS n FROM jobs"), where).toBe(told);
    expect(await count(db, "SELECT count(*) AS n FROM slack_threads"), where).toBe(told);
    const thread = "SELECT count(*) AS n FROM slack_threads WHERE thread_ts = ?";
    expect(await count(db, thread, shared.message.ts), where).toBe(1);
    expect(await count(db, "SELECT count(*) AS n FROM slack_notices"), where).toBe(0);
    return life.steps.length;
  });
  expect(steps).toBeGreaterThan(5);
});
