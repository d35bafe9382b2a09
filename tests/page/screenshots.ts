import { mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createReceiver } from "../../dev/receiver.ts";
import { ROOT } from "../../dev/root.ts";
import { launchBrowser, noBrowser, visit } from "../support/clients/browser.ts";
import { nameSpeakers, sampleFile, sendSample } from "../support/clients/seed-page.ts";
import type { ShownJob, TestDiarist } from "../support/stack/diarist.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";
import { setLimits } from "../support/stack/tenants.ts";

const FOLDER = join(ROOT, "docs", "screenshots");
const DEVICES = {
  desktop: { viewport: { width: 1200, height: 780 } },
  phone: { viewport: { width: 390, height: 800 }, isMobile: true, hasTouch: true },
};
const SCHEMES = ["light", "dark"] as const;

type Scene = {
  name: string;
  hash: (job: ShownJob) => string;
  key?: null;
  /** Resolves when the view is as it is to be shown. */
  ready: (page: Page) => Promise<void>;
};

const SCENES: Scene[] = [
  {
    name: "sign-in",
    hash: () => "#/",
    key: null,
    ready: (page) => page.getByLabel("API key").waitFor(),
  },
  {
    name: "recordings",
    hash: () => "#/",
    ready: (page) => page.getByText("Budget call.mp3").waitFor(),
  },
  {
    name: "sending",
    hash: () => "#/",
    ready: async (page) => {
      const line = await page.context().newCDPSession(page);
      const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 4_000_000 };
      await line.send("Network.emulateNetworkConditions", slow);
      if ((page.viewportSize()?.width ?? 0) > 600) await page.getByText("Options").click(); // a phone has no room for both
      const names = ["Lecture on tides.wav", "Panel discussion.wav", "Questions.wav"];
      const files = names.map((name) => join(tmpdir(), name));
      for (const file of files) await writeFile(file, Buffer.alloc(30_000_000));
      await page.getByLabel("Recordings to send").setInputFiles(files);
      await expect.poll(() => page.getByText(/ left$/).count()).toBe(2);
      for (const file of files) await rm(file);
    },
  },
  {
    name: "transcript",
    hash: ({ id }) => `#/jobs/${id}`,
    ready: (page) => page.getByText("morning").first().waitFor(),
  },
  {
    name: "search",
    hash: () => "#/search?q=today",
    ready: (page) => page.locator("mark").first().waitFor(),
  },
  {
    name: "webhooks",
    hash: () => "#/settings/webhooks",
    ready: (page) => page.getByText("webhook.test").first().waitFor(),
  },
  {
    name: "keys",
    hash: () => "#/settings/keys",
    ready: (page) => page.getByText("Newsroom").waitFor(),
  },
  {
    name: "usage",
    hash: () => "#/settings/usage",
    ready: (page) => page.getByRole("img", { name: "Minutes of audio by day" }).waitFor(),
  },
];

describe.skipIf(noBrowser)("screenshots", () => {
  let diarist: TestDiarist;
  let browser: Browser;
  let job: ShownJob;
  beforeAll(async () => {
    [diarist, browser] = await Promise.all([openDiarist(), launchBrowser()]);
    job = await seed(diarist);
    await mkdir(FOLDER, { recursive: true });
  });
  afterAll(async () => {
    await browser?.close();
    await diarist?.close();
  });

  for (const { name, hash, key, ready } of SCENES) {
    test(name, async () => {
      for (const [device, size] of Object.entries(DEVICES)) {
        for (const colorScheme of SCHEMES) {
          const options = { ...size, colorScheme, ...(key === null && { key }) };
          const { page, context, close } = await visit(browser, diarist.url, hash(job), options);
          await ready(page);
          const devtools = await context.newCDPSession(page);
          const { data } = await devtools.send("Page.captureScreenshot", { format: "webp", quality: 80 });
          await writeFile(join(FOLDER, `${name}-${device}-${colorScheme}.webp`), data, "base64");
          await close();
        }
      }
    });
  }
});

/** A few days of somebody's work; the stand-up is given back. */
async function seed(diarist: TestDiarist): Promise<ShownJob> {
  const json = { "content-type": "application/json" };
  const post = (path: string, body: object) =>
    diarist.call(path, { method: "POST", headers: json, body: JSON.stringify(body) });
  await sendSample(diarist, "Interview with the architect.mp3", { tags: ["research"] });
  const standup = await sendSample(diarist, "Team standup.mp3", { tags: ["team", "november"] });
  await nameSpeakers(diarist, standup, ["Ada", "Ben", "Chloé"]);
  const notes = new File(["These are notes, and no recording at all.\n"], "notes.m4a", { type: "audio/mp4" });
  const form = new FormData();
  form.set("file", notes);
  const failing = (await (await diarist.call("/v1/jobs", { method: "POST", body: form })).json()) as ShownJob;
  await diarist.finished(failing.id);
  await sendSample(diarist, "Board meeting, part 1.mp3", { tags: ["board"] });
  await post("/v1/keys", { name: "Newsroom", scopes: ["jobs:write", "jobs:read"] });
  await post("/v1/keys", { name: "Receiver of webhooks", scopes: ["webhooks"] });
  const receiver = await createReceiver({ secret: () => endpoint.secret });
  const made = await post("/v1/webhooks/endpoints", { url: receiver.url, description: "our archive" });
  const endpoint = (await made.json()) as { id: string; secret: string };
  await post(`/v1/webhooks/endpoints/${endpoint.id}/test`, {});
  await receiver.waitFor(1);
  await setLimits(diarist, "local", { minutes_per_month: 1200, bytes_stored: 50_000_000_000 });
  await useForWeeks(diarist);
  const last = await sampleFile("Budget call.mp3");
  await diarist.control({ seconds_per_audio_minute: 600 }); // the last one stays under way
  const late = new FormData();
  late.set("file", last);
  late.set("reuse", "false");
  await diarist.call("/v1/jobs", { method: "POST", body: late });
  return standup;
}

/** What a month of use leaves behind: more on weekdays, little on weekends. */
async function useForWeeks(diarist: TestDiarist): Promise<void> {
  const { db } = diarist.stack;
  const insert = db.prepare(
    "INSERT INTO usage_days (tenant_id, key_id, day, jobs, audio_ms, calls, billed_ms) VALUES ('local', 'key_local', ?, ?, ?, 0, 0)",
  );
  const days = Array.from({ length: 29 }, (_, n) => {
    const moment = new Date(Date.now() - (n + 1) * 24 * 60 * 60 * 1000);
    const isWeekend = moment.getUTCDay() % 6 === 0;
    const minutes = (isWeekend ? 2 : 25) + ((n * 37) % 23);
    return insert.bind(moment.toISOString().slice(0, 10), 1 + (n % 4), minutes * 60_000);
  });
  await db.batch(days);
}
