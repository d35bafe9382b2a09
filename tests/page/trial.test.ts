// A server without a speech API says so on its page, and shows nothing that nobody heard.

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { murmur } from "../support/audio/murmur.ts";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { seriousFaults } from "../support/clients/axe.ts";
import { launchBrowser, noBrowser, type VisitOptions, visit } from "../support/clients/browser.ts";
import { accepted, sendRaw } from "../support/clients/send-job.ts";
import type { ShownJob, TestDiarist } from "../support/stack/diarist.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";
import { createTenant } from "../support/stack/tenants.ts";

const PHONE = { viewport: { width: 390, height: 800 }, isMobile: true, hasTouch: true };
const TRIAL = "Trial without a speech API: only the sample is understood.";

describe.skipIf(noBrowser)("a trial", () => {
  let diarist: TestDiarist;
  let browser: Browser;
  let unheard: ShownJob;
  beforeAll(async () => {
    [diarist, browser] = await Promise.all([
      openDiarist({ recognise: createRecogniser(), vars: { SPEECH_API: "stand-in" } }),
      launchBrowser(),
    ]);
    const { id } = await accepted(sendRaw(diarist, murmur(), { query: "?filename=interview.wav" }));
    unheard = await diarist.finished(id);
  });
  afterAll(async () => {
    await browser?.close();
    await diarist?.close();
  });

  async function open(hash: string, options: VisitOptions = {}) {
    const visitor = await visit(browser, diarist.url, hash, options);
    onTestFinished(visitor.close);
    return visitor;
  }

  const bar = (page: Page) => page.getByRole("complementary", { name: "Trial" }).getByText(TRIAL);

  test.for(["#/", "#/search", "#/settings/keys"])("is a bar that stays, at %s", async (hash) => {
    const { page, complaints } = await open(hash);
    await bar(page).waitFor();
    expect(complaints).toEqual([]);
  });

  test("is a bar for who has not signed in yet, and how to end it is told by the keyboard alone", async () => {
    const { page } = await open("#/", { key: null });
    await bar(page).waitFor();
    const button = page.getByRole("button", { name: "Get real transcripts" });
    await button.focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Get real transcripts" });
    await dialog.getByText("TOGETHER_API_KEY=… npm start").waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await expect
      .poll(() => page.evaluate("document.activeElement.innerText.trim()"))
      .toBe("Get real transcripts");
  });

  test("is over for a page that is shown again when the server has a speech API", async () => {
    const { page } = await open("#/");
    await bar(page).waitFor();
    await page.route("**/healthz", (route) =>
      route.fulfill({ json: { status: "ok", speech: { api: "together", waiting_for: null } } }),
    );
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await bar(page).waitFor({ state: "detached" });
    await page.evaluate(`location.hash = "#/jobs/${unheard.id}"`);
    await page.getByText("Now it has one.").waitFor();
    await page.getByRole("main").getByRole("button", { name: "Transcribe again" }).last().waitFor();
  });

  test("shows a card in place of words that nobody heard: the places, and how to set the key", async () => {
    for (const [colorScheme, size] of [
      ["light", {}],
      ["dark", PHONE],
    ] as const) {
      const { page, complaints } = await open(`#/jobs/${unheard.id}`, { colorScheme, ...size });
      const card = page.getByRole("region", { name: "This server has no speech API yet" });
      await card.getByText("It only found where somebody speaks: in 3 places.").waitFor();
      await card.getByRole("button", { name: "How to set the key" }).waitFor();
      const main = page.getByRole("main");
      await expect.poll(() => main.locator(".facts").textContent()).toMatch(/ · 0:10$/);
      for (const never of ["[speech]", "English", "words", "speaker", "Nothing is said"]) {
        expect(await main.getByText(never).filter({ visible: true }).count(), never).toBe(0);
      }
      expect(await seriousFaults(page)).toEqual([]);
      expect(await card.getByRole("button").count()).toBe(1);
      // It has asked whether this server can get models, as `npm start` can, and this one cannot.
      expect(complaints).toEqual([expect.stringMatching(/404 .*\/dev\/models$/)]);
    }
  });

  test("is told in the list, which names no language and no speakers", async () => {
    const { page } = await open("#/");
    const row = page.getByRole("listitem").filter({ has: page.getByRole("link", { name: "interview.wav" }) });
    await row.getByText("No words", { exact: true }).waitFor();
    await row.getByText("No real words").waitFor();
    expect(await row.textContent()).toMatch(/interview\.wav0:10 · today/);
    expect(await row.getByText(/Done|English|speaker/).count()).toBe(0);
  });

  test("has a sample to send, on a phone too, whose words are all there", async () => {
    const tenant = await createTenant(diarist, "newcomer");
    const { page, complaints } = await open("#/", { ...PHONE, key: tenant.key });
    await page.getByRole("button", { name: "Try the sample" }).tap();
    const link = page.getByRole("link", { name: "Sample stand-up.mp3" });
    await link.waitFor();
    const rows = page.getByRole("list", { name: "Recordings" });
    await rows.getByText("Done", { exact: true }).waitFor();
    await rows.getByText("3 speakers").waitFor();
    await link.tap();
    await page.getByText("upload page").first().waitFor();
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Recordings" }).tap();
    expect(await page.getByRole("button", { name: "Try the sample" }).count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});
