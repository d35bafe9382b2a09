import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createReceiver } from "../../dev/receiver.ts";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import { launchBrowser, noBrowser, visit } from "../support/clients/browser.ts";
import { accepted, sendRaw } from "../support/clients/send-job.ts";
import { openSlackDiarist } from "../support/stack/open-diarist.ts";
import type { SlackDiarist } from "../support/stack/slack.ts";
import { createTenant } from "../support/stack/tenants.ts";

describe.skipIf(noBrowser)("settings", () => {
  let diarist: SlackDiarist;
  let browser: Browser;
  beforeAll(async () => {
    [diarist, browser] = await Promise.all([
      openSlackDiarist({ recognise: createRecogniser() }),
      launchBrowser(),
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await diarist?.close();
  });

  async function open(hash: string) {
    const tenant = await createTenant(diarist, "settings", { minutes_per_month: 100 });
    const visitor = await visit(browser, diarist.url, hash, { key: tenant.key });
    onTestFinished(visitor.close);
    return { ...visitor, key: tenant.key };
  }

  test("an endpoint is added, tested, repaired and sent again what it did not take", async () => {
    let secret = "";
    let isBroken = false;
    const receiver = await createReceiver({
      secret: () => secret,
      respond: (_, { verified }) =>
        isBroken ? { status: 500, body: "out of order" } : { status: verified ? 204 : 401 },
    });
    onTestFinished(receiver.close);
    const { page, complaints } = await open("#/settings");
    await page.getByRole("button", { name: "Add an endpoint" }).click();
    await page.getByLabel("Address of your server").fill(receiver.url);
    await page.getByLabel("Note (for yourself)").fill("archive");
    await page.getByLabel(/A recording came in/).check();
    await page.getByRole("button", { name: "Add", exact: true }).click();
    secret = await readSecret(page);
    const endpoint = rowWith(page, "archive");
    await endpoint.getByText("job.completed, job.failed, job.queued").waitFor();

    await endpoint.getByRole("button", { name: "Test" }).click();
    const delivery = rowWith(page, "webhook.test");
    await delivery.getByText("Delivered").waitFor();
    expect((await receiver.waitFor(1)).map(({ verified }) => verified)).toEqual([true]);

    isBroken = true;
    await delivery.getByRole("button", { name: "Redeliver" }).click();
    await receiver.waitFor(2);
    await delivery.getByRole("button", { name: /attempt/ }).click();
    await delivery.getByText("out of order").waitFor();
    isBroken = false;
    await delivery.getByRole("button", { name: "Redeliver" }).click();
    await receiver.waitFor(3);
    await delivery.getByText("Delivered").waitFor();

    await endpoint.getByRole("button", { name: "Switch off" }).click();
    await endpoint.getByText("switched off").waitFor();
    await endpoint.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByText("There is none yet.").waitFor();
    expect(complaints).toEqual([]);
  });

  test("an address that may not be one is refused in the dialog, in the API's words", async () => {
    const { page } = await open("#/settings/webhooks");
    await page.getByRole("button", { name: "Add an endpoint" }).click();
    await page.getByLabel("Address of your server").fill("ftp://example.com/");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("dialog").getByRole("alert").getByText("https").waitFor();
    await page.keyboard.press("Escape");
    expect(await page.getByRole("dialog").count()).toBe(0);
  });

  test("a key is made with what it may do, works, and is revoked", async () => {
    const { page } = await open("#/settings/keys");
    await page.getByRole("button", { name: "Make a key" }).click();
    await page.getByLabel("Who or what is it for?").fill("Reader");
    await page.getByLabel(/Send and change recordings/).uncheck();
    await page.getByRole("button", { name: "Make it" }).click();
    const key = await readSecret(page);
    const row = rowWith(page, "Reader");
    await row.getByText(/^jobs:read · made today/).waitFor();
    expect((await diarist.call("/v1/jobs", {}, key)).status).toBe(200);
    expect((await diarist.call("/v1/webhooks/endpoints", {}, key)).status).toBe(403);

    const reader = await visit(browser, diarist.url, "#/settings/webhooks", { key });
    onTestFinished(reader.close);
    const refusal = await diarist.call("/v1/webhooks/endpoints", {}, key);
    const { action } = (await refusal.json()) as { action: string };
    await reader.page.getByRole("alert").getByText(action).first().waitFor();

    await row.getByRole("button", { name: "Revoke" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await row.getByText("Revoked").waitFor();
    await reader.page.reload();
    await reader.page.getByText("Your API key is not valid any more.").waitFor();
    await reader.page.getByLabel("API key").waitFor();
  });

  test("a Slack workspace is connected by a link, and disconnected", async () => {
    const { page, context, complaints } = await open("#/settings/slack");
    await page.getByText("No workspace is connected.").waitFor();
    await page.getByRole("button", { name: "Add to Slack" }).click();
    const opened = context.waitForEvent("page");
    await page.getByRole("link", { name: "Open it" }).click();
    const slack = await opened;
    await slack.getByRole("combobox").selectOption("Globex");
    await slack.getByRole("button", { name: "Allow" }).click();
    await slack.getByRole("heading", { name: "Diarist is installed in Globex" }).waitFor();
    await slack.close();

    await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
    const row = rowWith(page, "Globex");
    await row.getByText("Connected", { exact: true }).waitFor();
    await row.getByRole("button", { name: "Disconnect Globex" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Disconnect" }).click();
    await page.getByText("No workspace is connected.").waitFor();
    expect(complaints).toEqual([]);
  });

  test("what was used is shown by day, and how much is left", async () => {
    const { page, key, complaints } = await open("#/");
    const talk = await bytesOf(await record(TALK));
    await diarist.finished((await accepted(sendRaw(diarist, talk, { key }))).id, key);
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByRole("link", { name: "Usage" }).click();
    const answer = await diarist.call("/v1/usage", {}, key);
    const { data, quotas } = (await answer.json()) as {
      data: { audio_seconds: number }[];
      quotas: { name: string; used: number }[];
    };
    const minutes = ((data[0]?.audio_seconds ?? 0) / 60).toLocaleString("en", { maximumFractionDigits: 1 });
    await page.getByText(`${minutes} min`, { exact: true }).waitFor();
    const { used = 0 } = quotas.find(({ name }) => name === "minutes_per_month") ?? {};
    await page.getByText(`${used.toLocaleString("en", { maximumFractionDigits: 1 })} of 100`).waitFor();
    expect(complaints).toEqual([]);
  });
});

function rowWith(page: Page, text: string) {
  return page.getByRole("main").getByRole("listitem").filter({ hasText: text });
}

/** Reads what is shown this once, and closes the dialog. */
async function readSecret(page: Page): Promise<string> {
  const dialog = page.getByRole("dialog", { name: /secret|new key/ });
  const secret = await dialog.getByRole("code").innerText();
  await dialog.getByRole("button", { name: "Close" }).click();
  return secret;
}
