import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DEV_API_KEY } from "../../dev/local/seed-tenant.ts";
import { launchBrowser, noBrowser, visit } from "../support/clients/browser.ts";
import type { TestDiarist } from "../support/stack/diarist.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";

describe.skipIf(noBrowser)("the page", () => {
  let diarist: TestDiarist;
  let browser: Browser;
  beforeAll(async () => {
    [diarist, browser] = await Promise.all([openDiarist(), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await diarist?.close();
  });

  test("opens after signing in with a key, stays open over a reload, and closes on signing out", async () => {
    const { page, complaints, close } = await visit(browser, diarist.url, "#/", { key: null });
    await page.getByLabel("API key").fill(DEV_API_KEY);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Recordings", exact: true }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "Recordings", exact: true }).waitFor();
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
    await page.getByRole("heading", { name: "Recordings", exact: true }).waitFor();
    await expect(page.evaluate("document.body.innerHTML = '<b>no</b>'")).rejects.toThrow("TrustedHTML");
    complaints.length = 0; // the browser has complained of that, as it should
    const hosts = await page.evaluate(
      "performance.getEntriesByType('resource').map((it) => new URL(it.name).origin)",
    );
    expect(new Set(hosts as string[])).toEqual(new Set([diarist.url]));
    expect(complaints).toEqual([]);
    await close();
  });

  test("asks for at most 150 KB of compressed script before a recording is opened", async () => {
    const { page, close } = await visit(browser, diarist.url);
    await page.getByText("No recordings yet").waitFor();
    const names = "performance.getEntriesByType('resource').map(({ name }) => name)";
    const scripts = ((await page.evaluate(names)) as string[]).filter((name) => name.endsWith(".js"));
    expect(scripts.length).toBeGreaterThan(1);
    const sizes = scripts.map(async (name) => gzipSync(await (await fetch(name)).bytes()).byteLength);
    const sum = (await Promise.all(sizes)).reduce((a, b) => a + b, 0);
    expect(sum).toBeLessThan(150_000);
    expect(sum).toBeGreaterThan(5_000);
    await close();
  });

  test("keeps the colours that were chosen", async () => {
    const { page, close } = await visit(browser, diarist.url, "#/", { colorScheme: "light" });
    const ground = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
    const switchColours = page.getByRole("button", { name: /colours/i });
    const light = await ground();
    await switchColours.click(); // light
    expect(await ground()).toBe(light);
    await switchColours.click(); // dark
    await expect.poll(ground).not.toBe(light);
    const dark = await ground();
    await page.reload();
    await page.getByText("No recordings yet").waitFor();
    expect(await ground()).toBe(dark);
    await page.emulateMedia({ colorScheme: "dark" });
    await switchColours.click(); // as the device
    expect(await ground()).toBe(dark);
    await close();
  });

  test("leaves the OpenAPI page as it was", async () => {
    const { page, complaints, close } = await visit(browser, diarist.url, "docs/");
    await page.getByText("Recordings in, transcripts with speakers and times out.").waitFor();
    expect(complaints).toEqual([]);
    await close();
  });
});
