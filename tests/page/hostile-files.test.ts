// A file of another customer's, opened by somebody who is signed in: nothing in it runs, so nothing reads the key.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser, noBrowser, type Visitor, visit } from "../support/clients/browser.ts";
import { DOORS, HOSTILE_FILES } from "../support/clients/hostile-files.ts";
import { eventually } from "../support/eventually.ts";
import type { TestDiarist } from "../support/stack/diarist.ts";
import { type FileHost, startFileHost } from "../support/stack/file-host.ts";
import { openDiarist, openSlackDiarist } from "../support/stack/open-diarist.ts";
import type { SlackDiarist } from "../support/stack/slack.ts";
import { createTenant } from "../support/stack/tenants.ts";

describe.skipIf(noBrowser)("a hostile file", () => {
  let diarist: TestDiarist;
  let host: FileHost;
  let browser: Browser;
  let victim: Visitor;
  beforeAll(async () => {
    [diarist, host, browser] = await Promise.all([openDiarist(), startFileHost(), launchBrowser()]);
    victim = await signedIn(diarist);
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([diarist?.close(), host?.close()]);
  });

  async function signedIn(to: TestDiarist): Promise<Visitor> {
    const { key } = await createTenant(to, "victim");
    return visit(browser, to.url, "#/", { key });
  }

  test.each(DOORS)(
    "that came by $door runs nothing where its link is opened, framed or run",
    async ({ send }) => {
      for (const file of HOSTILE_FILES) {
        const id = await send({ diarist, host }, file);
        const job = await diarist.finished(id);
        if (job.error?.code === "source_unreachable") continue; // refused before a byte was kept
        await expectInert(victim, await linkTo(diarist, id));
      }
    },
  );

  test("that was dropped in Slack runs nothing either", async () => {
    const slackDiarist: SlackDiarist = await openSlackDiarist();
    const visitor = await signedIn(slackDiarist);
    for (const { name, bytes } of HOSTILE_FILES) {
      const { message } = slackDiarist.slack.userActions.shareFile({
        channel: "general",
        file: { name: name.replace(/\w+$/, "mp3"), bytes },
      });
      await eventually(() => slackDiarist.repliesTo(message).length).toBeGreaterThan(0);
    }
    const jobs = (await (await slackDiarist.call("/v1/jobs")).json()) as { data: { id: string }[] };
    expect(jobs.data).toHaveLength(HOSTILE_FILES.length);
    let opened = 0;
    for (const { id } of jobs.data) {
      await slackDiarist.finished(id);
      const link = await linkTo(slackDiarist, id);
      if (link === null) continue; // a web page in place of the file is refused before a byte is kept
      await expectInert(visitor, link);
      opened += 1;
    }
    expect(opened).toBeGreaterThan(0);
    await slackDiarist.close();
  });
});

async function linkTo(diarist: TestDiarist, jobId: string): Promise<string | null> {
  const answer = await diarist.call(`/v1/jobs/${jobId}/audio/link`);
  if (answer.status !== 200) return null;
  return diarist.url + ((await answer.json()) as { url: string }).url;
}

/** In the browser of somebody who is signed in: as a page of its own, in a frame, as a script, as a worker. */
async function expectInert({ context, page }: Visitor, link: string | null): Promise<void> {
  expect(link).not.toBeNull();
  const opened = await context.newPage();
  // A download ends the navigation: nothing is shown.
  await opened.goto(String(link)).catch(() => undefined);
  await page.bringToFront();
  const tried = await page.evaluate<{ frame: string; worker: string }>(`(async () => {
    const link = ${JSON.stringify(link)};
    const ended = (target) => new Promise((resolve) => {
      target.addEventListener("load", () => resolve("loaded"), { once: true });
      target.addEventListener("error", () => resolve("refused"), { once: true });
      setTimeout(() => resolve("nothing"), 500);
    });
    const frame = document.createElement("iframe");
    frame.setAttribute("src", link);
    const framed = ended(frame);
    document.body.append(frame);
    await framed;
    let worker = "refused";
    try {
      const made = new Worker(link);
      made.onmessage = () => { worker = "ran"; };
      made.terminate();
    } catch {}
    frame.remove();
    return { frame: document.title, worker };
  })()`);
  expect(tried.worker).toBe("refused");
  for (const one of [opened, page]) {
    expect(await one.title()).not.toContain("stolen");
    expect(await one.evaluate("document.title")).not.toContain("stolen");
  }
  await opened.close();
}
