// A recording is transcribed once more, from its page.

import { describe, expect, onTestFinished, test } from "vitest";
import { seriousFaults } from "../support/clients/axe.ts";
import { noBrowser, visit } from "../support/clients/browser.ts";
import { namesIn, TranscriptFixture } from "../support/clients/page-fixture.ts";
import type { ShownJob } from "../support/stack/diarist.ts";

describe.skipIf(noBrowser)("transcribing again", () => {
  const fixture = TranscriptFixture.use();
  const read = async (id: string) =>
    (await (await fixture.diarist.call(`/v1/jobs/${id}`)).json()) as ShownJob;

  async function openTalk() {
    const id = await fixture.newTalk();
    const visitor = await fixture.open(id);
    onTestFinished(visitor.close);
    return { id, ...visitor };
  }

  test("asks for what is chosen, goes to the new transcript, and keeps the names", async () => {
    const { id, page, complaints } = await openTalk();
    const [a] = await fixture.plainNames(id);
    await page.locator(".speakers").getByRole("button", { name: a }).click();
    await page.getByLabel("Name, everywhere").fill("Ada");
    await page.getByRole("button", { name: "Rename" }).click();
    await page.getByText("Saved").waitFor();
    await page.getByRole("button", { name: "Transcribe again" }).click();
    const dialog = page.getByRole("dialog", { name: "Transcribe again" });
    expect(await seriousFaults(page)).toEqual([]);
    await dialog.getByLabel("Language").selectOption({ label: "German" });
    await dialog.getByLabel("At least").fill("2");
    await dialog.getByLabel("At most").fill("3");
    await dialog.getByLabel("Names and words to expect").fill("Chloé, Zürich");
    await dialog.getByRole("button", { name: "Transcribe", exact: true }).click();
    await dialog.waitFor({ state: "detached" });
    await expect.poll(() => page.evaluate("location.hash")).not.toContain(id);
    const next = String(await page.evaluate("location.hash.split('/')[2]"));
    await page.locator("[data-w]").first().waitFor();
    const made = await read(next);
    expect(made).toMatchObject({
      audio: { filename: "talk.wav" },
      options: { language: "de", min_speakers: 2, max_speakers: 3, prompt: "Chloé, Zürich", diarize: true },
    });
    expect(await namesIn(page)).toEqual([
      "Ada",
      expect.stringMatching(/^Speaker \d$/),
      "Ada",
      expect.anything(),
    ]);
    expect(await read(id)).toMatchObject({ status: "completed", options: { language: "auto" } });
    expect(complaints).toEqual([]);
  });

  test("starts from the options of before, and is used and left by the keyboard alone", async () => {
    const { page } = await openTalk();
    const button = page.getByRole("button", { name: "Transcribe again" });
    await button.focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Transcribe again" });
    await dialog.getByLabel("Language").focus();
    await page.keyboard.type("Fr");
    await page.keyboard.press("Tab");
    await page.keyboard.type("2");
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await page.locator("[data-w]").first().waitFor();
    await button.focus();
    await page.keyboard.press("Enter");
    expect(await dialog.getByLabel("Language").inputValue()).toBe("fr");
    expect(await dialog.getByLabel("At least").inputValue()).toBe("2");
    expect(await dialog.getByLabel("At most").inputValue()).toBe("");
    await page.keyboard.press("Escape");
    await expect
      .poll(() => page.evaluate("document.activeElement.innerText.trim()"))
      .toBe("Transcribe again");
  });

  test("says in the API's words what is refused, and keeps what was filled in", async () => {
    const { page } = await openTalk();
    await page.getByRole("button", { name: "Transcribe again" }).click();
    const dialog = page.getByRole("dialog", { name: "Transcribe again" });
    await dialog.getByLabel("At least").fill("3");
    await dialog.getByLabel("At most").fill("2");
    await dialog.getByRole("button", { name: "Transcribe", exact: true }).click();
    await dialog.getByRole("alert").getByText("must not be more than max_speakers").waitFor();
    expect(await dialog.getByLabel("At most").inputValue()).toBe("2");
  });

  test("is not offered to a guest with a link", async () => {
    const { id } = await openTalk();
    const shared = await fixture.diarist.call(`/v1/jobs/${id}/share`, { method: "POST" });
    const { url } = (await shared.json()) as { url: string };
    const { page, close } = await visit(fixture.browser, url, "", { key: null });
    onTestFinished(close);
    await page.getByRole("button", { name: "Download" }).waitFor();
    expect(await page.getByRole("button", { name: "Transcribe again" }).count()).toBe(0);
  });
});
