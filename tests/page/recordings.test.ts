import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser, noBrowser, visit } from "../support/browser.ts";
import { startDiarist, type TestDiarist } from "../support/diarist.ts";

const SAMPLE = join(import.meta.dirname, "..", "..", "dev", "sample", "standup.mp3");

describe.skipIf(noBrowser)("recordings", () => {
  let diarist: TestDiarist;
  let browser: Browser;
  beforeAll(async () => {
    [diarist, browser] = await Promise.all([startDiarist(), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await diarist?.close();
  });

  test("a dropped recording shows its way up and becomes a transcript without a reload", async () => {
    const { page, complaints, close } = await visit(browser, diarist.url);
    const bytes = (await readFile(SAMPLE)).toString("base64");
    const files = await page.evaluateHandle(
      `(() => {
        const transfer = new DataTransfer();
        const bytes = Uint8Array.from(atob("${bytes}"), (it) => it.charCodeAt(0));
        transfer.items.add(new File([bytes], "standup.mp3", { type: "audio/mpeg" }));
        return transfer;
      })()`,
    );
    await page.getByRole("region", { name: "Add recordings" }).waitFor();
    await page.dispatchEvent("main", "drop", { dataTransfer: files });
    const row = page.getByRole("listitem").filter({ has: page.getByRole("link", { name: "standup.mp3" }) });
    await row.getByText("Done", { exact: true }).waitFor();
    await row.getByText("3 speakers").waitFor();
    expect(complaints).toEqual([]);
    await close();
  });
});
