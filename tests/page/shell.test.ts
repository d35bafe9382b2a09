import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DEV_API_KEY } from "../../dev/run-local.ts";
import { launchBrowser, noBrowser, visit } from "../support/browser.ts";
import { startDiarist, type TestDiarist } from "../support/diarist.ts";

describe.skipIf(noBrowser)("the page", () => {
  let diarist: TestDiarist;
  let browser: Browser;
  beforeAll(async () => {
    [diarist, browser] = await Promise.all([startDiarist(), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await diarist?.close();
  });

  test("opens after signing in with a key, stays open over a reload, and closes on signing out", async () => {
    const { page, complaints, close } = await visit(browser, diarist.url, "#/", { key: null });
    await page.getByLabel("API key").fill(DEV_API_KEY);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Recordings" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "Recordings" }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("API key").waitFor();
    await page.reload();
    await page.getByLabel("API key").waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test("says what to do when the key is wrong", async () => {
    const { page, close } = await visit(browser, diarist.url, "#/", { key: null });
    await page.getByLabel("API key").fill("no-such-key");
    await page.getByRole("button", { name: "Sign in" }).click();
    const refusal = await diarist.call("/v1/jobs", {}, "no-such-key");
    const { detail, action } = (await refusal.json()) as { detail: string; action: string };
    await expect
      .poll(() => page.getByRole("alert").allTextContents())
      .toContainEqual(expect.stringContaining(`${detail} ${action}`));
    await close();
  });

  test("comes with headers that allow no script but its own", async () => {
    const { headers } = await fetch(`${diarist.url}/`);
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'; script-src 'self';");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    const { page, complaints, close } = await visit(browser, diarist.url);
    await page.getByRole("heading", { name: "Recordings" }).waitFor();
    const hosts = await page.evaluate(
      "performance.getEntriesByType('resource').map((it) => new URL(it.name).origin)",
    );
    expect(new Set(hosts as string[])).toEqual(new Set([diarist.url]));
    expect(complaints).toEqual([]);
    await close();
  });

  test("leaves the OpenAPI page as it was", async () => {
    const { page, complaints, close } = await visit(browser, diarist.url, "docs/");
    await page.getByText("Recordings in, transcripts with speakers and times out.").waitFor();
    expect(complaints).toEqual([]);
    await close();
  });
});
