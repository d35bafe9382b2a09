import { describe, expect, test } from "vitest";
import { noFlags } from "../../shared/flag-kinds.ts";
import { generateTranscript } from "../support/audio/generated-transcript.ts";
import { seriousFaults } from "../support/clients/axe.ts";
import { noBrowser, visit } from "../support/clients/browser.ts";
import { isInWindow, SOON, TranscriptFixture, timeOf } from "../support/clients/page-fixture.ts";

describe.skipIf(noBrowser)("reading a transcript", () => {
  const fixture = TranscriptFixture.use();

  test("shows every word, in the paragraphs of who said them", async () => {
    const { words } = await fixture.transcriptOf(fixture.sample.id);
    const { page, complaints, close } = await fixture.open(fixture.sample.id, {
      viewport: { width: 1200, height: 3000 },
    });
    expect(await page.locator("[data-w]").allTextContents()).toEqual(words.map(({ word }) => word));
    const shown = await page
      .locator(".paragraph")
      .evaluateAll((rows) =>
        rows.map((row) => [
          row.querySelector(".name")?.textContent,
          [...row.querySelectorAll("[data-w]")].map((word) => Number(word.getAttribute("data-w"))),
        ]),
      );
    for (const [name, own] of shown as [string, number[]][]) {
      const speakers = new Set(own.map((index) => words[index]?.speaker_id));
      expect([...speakers]).toEqual([`SPEAKER_0${Number(name.replace("Speaker ", "")) - 1}`]);
    }
    expect(complaints).toEqual([]);
    await close();
  });

  test("plays, and the marked word moves with the sound", async () => {
    const { words } = await fixture.transcriptOf(fixture.sample.id);
    const { page, complaints, close } = await fixture.open(fixture.sample.id);
    await page.getByRole("button", { name: "Play", exact: true }).click();
    const marked = page.locator("[data-w][aria-current]");
    const wordNow = async () => Number(await marked.getAttribute("data-w"));
    await expect.poll(wordNow, SOON).toBeGreaterThanOrEqual(2);
    const first = await wordNow();
    await expect.poll(wordNow, SOON).toBeGreaterThan(first);
    expect(await marked.count()).toBe(1);
    await page.getByRole("button", { name: "Pause" }).click();
    const seconds = await timeOf(page);
    const last = await wordNow();
    expect(words[last]?.start).toBeLessThanOrEqual(seconds);
    expect(words[last + 1]?.start).toBeGreaterThan(seconds - 0.1);
    expect(complaints).toEqual([]);
    await close();
  });

  test("a click on a word goes to where it is said", async () => {
    const { words } = await fixture.transcriptOf(fixture.sample.id);
    const { page, close } = await fixture.open(fixture.sample.id, {
      viewport: { width: 1200, height: 3000 },
    });
    await page.evaluate("document.querySelector('audio').play = async () => {}"); // looked at where it would begin
    for (const index of [40, 3, words.length - 1]) {
      await page.locator(`[data-w="${index}"]`).click();
      expect(Math.abs((await timeOf(page)) - (words[index]?.start ?? 0))).toBeLessThan(0.05);
      expect(await page.locator("[data-w][aria-current]").getAttribute("data-w")).toBe(String(index));
    }
    await close();
  });

  test("keys play, seek and change the speed, but not where somebody writes", async () => {
    const { page, close } = await fixture.open(fixture.sample.id);
    await page.keyboard.press("ArrowRight");
    expect(await timeOf(page)).toBeCloseTo(5, 1);
    await page.keyboard.press("ArrowLeft");
    expect(await timeOf(page)).toBe(0);
    await page.keyboard.press("+");
    expect(await page.evaluate("document.querySelector('audio').playbackRate")).toBe(1.25);
    await page.keyboard.press("-");
    await page.keyboard.press("Space");
    await expect.poll(() => page.evaluate("document.querySelector('audio').paused"), SOON).toBe(false);
    await page.keyboard.press("Space");
    await expect.poll(() => page.evaluate("document.querySelector('audio').paused"), SOON).toBe(true);
    await page.keyboard.press("Control+f");
    await page.keyboard.type("k - + j");
    expect(await page.getByLabel("Find in the transcript").inputValue()).toBe("k - + j");
    expect(await page.evaluate("document.querySelector('audio').paused")).toBe(true);
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await close();
  });

  test("a link to the recording that has expired is exchanged for another", async () => {
    const visitor = await visit(fixture.browser, fixture.diarist.url, "#/settings");
    const { page, close } = visitor;
    const asked: string[] = [];
    await page.route("**/audio/link", async (route) => {
      asked.push(route.request().url());
      const old = { url: "/media/expired/recording", expires_at: "2020-01-01T00:00:00Z" };
      await (asked.length === 1 ? route.fulfill({ json: old }) : route.continue());
    });
    await page.goto(`${fixture.diarist.url}/#/jobs/${fixture.sample.id}`);
    await page.locator("[data-w]").first().waitFor();
    await expect.poll(() => asked.length, SOON).toBe(2);
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await page.locator("[data-w][aria-current]").waitFor();
    await close();
  });

  test("what is looked for is found, marked and stepped through", async () => {
    const { words } = await fixture.transcriptOf(fixture.sample.id);
    const places = words.flatMap(({ word }, index) => (/today/i.test(word) ? [index] : []));
    expect(places.length).toBeGreaterThan(1);
    const { page, close } = await fixture.open(fixture.sample.id);
    await page.getByLabel("Find in the transcript").fill("TODAY");
    const here = page.locator(".found.here");
    for (const place of places) {
      await expect.poll(() => here.getAttribute("data-w"), SOON).toBe(String(place));
      expect(await here.first().evaluate(isInWindow)).toBe(true);
      await page.keyboard.press("Enter");
    }
    await expect.poll(() => here.getAttribute("data-w"), SOON).toBe(String(places[0]));
    await page.getByText(`1 of ${places.length}`).waitFor();
    await close();
  });

  test("a link to a moment opens there", async () => {
    const { words } = await fixture.transcriptOf(fixture.sample.id);
    const [index, word] = [100, words[100]];
    const { page, close } = await fixture.open(
      fixture.sample.id,
      { viewport: { width: 900, height: 500 } },
      `?t=${word?.start}`,
    );
    const target = page.locator(`[data-w="${index}"]`);
    await expect.poll(() => target.getAttribute("aria-current"), SOON).toBe("true");
    await expect.poll(() => target.evaluate(isInWindow), SOON).toBe(true);
    expect(await timeOf(page)).toBeCloseTo(word?.start ?? 0, 2);
    await close();
  });

  test("what is found far from what is shown is brought into sight, and comes to stay while around it is measured", async () => {
    const transcript = generateTranscript(20_000, 3);
    const said = transcript.words[19_500];
    if (said) said.word = "needle";
    const { page, close } = await fixture.open(await fixture.seed(transcript));
    expect(await page.locator("[data-w]").count()).toBeLessThan(2000);
    await page.locator(".transcript[data-whole]").waitFor();
    await page.getByLabel("Find in the transcript").fill("needle");
    const target = page.locator('[data-w="19500"]');
    await target.waitFor();
    await expect.poll(() => target.evaluate(isInWindow), SOON).toBe(true);
    expect(await target.textContent()).toBe("needle");
    await page.keyboard.press("Home");
    await close();
  });

  test("doubtful places are marked and stepped through, until somebody corrects them", async () => {
    const transcript = generateTranscript(400, 3);
    for (const word of transcript.words.slice(200, 212)) word.word = "yes";
    const { page, close } = await fixture.open(await fixture.seed(transcript, { ...noFlags(), loop: 1 }));
    await page.getByRole("button", { name: "Next doubtful place" }).click();
    await page.getByText("1 of 1: said again and again").waitFor();
    const doubtful = page.locator(".doubt.here");
    expect(await doubtful.allTextContents()).toEqual(Array(12).fill("yes"));
    expect(await doubtful.first().evaluate(isInWindow)).toBe(true);
    const row = page.locator(".paragraph").filter({ has: doubtful }).first();
    await row.hover();
    await row.getByRole("button", { name: "Correct this paragraph" }).click();
    await page.getByLabel("Text of this paragraph").fill("yes indeed");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator(".doubt").count(), SOON).toBe(0);
    await close();
  });

  test("nothing in it stops a screen reader, in either colours", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const { page, close } = await fixture.open(await fixture.newTalk(), { colorScheme });
      await page
        .locator(".paragraph")
        .nth(1)
        .getByRole("button", { name: /Speaker/ })
        .click();
      expect(await seriousFaults(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Download" }).click();
      expect(await seriousFaults(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await page.getByLabel("Find in the transcript").fill("the");
      await page.locator("[data-w]").first().click();
      await page.locator("[data-w][aria-current]").waitFor();
      await page.keyboard.press("e");
      await page.getByLabel("Text of this paragraph").waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await close();
    }
  });

  test("fits a phone: nothing is wider than the window, and words can be read above the player", async () => {
    const phone = { viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true };
    const { page, close } = await fixture.open(fixture.sample.id, phone);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(320);
    await page.locator('[data-w="60"]').scrollIntoViewIfNeeded();
    await page.locator('[data-w="60"]').tap();
    await expect.poll(() => page.locator("[data-w][aria-current]").count(), SOON).toBe(1);
    await close();
  });
});
