import { describe, expect, test } from "vitest";
import { noBrowser } from "../support/clients/browser.ts";
import {
  type AnsweredTranscript,
  correct,
  namesIn,
  SOON,
  TranscriptFixture,
  timeOf,
} from "../support/clients/page-fixture.ts";

describe.skipIf(noBrowser)("correcting a transcript", () => {
  const fixture = TranscriptFixture.use();

  test("a name that is given once stands everywhere, and stays", async () => {
    const id = await fixture.newTalk();
    const [a, b] = await fixture.plainNames(id);
    const { page, close } = await fixture.open(id);
    await page.locator(".speakers").getByRole("button", { name: b }).click();
    const ada = "Ada <b>Lovelace</b>";
    await page.getByLabel("Name, everywhere").fill(ada);
    await page.getByRole("button", { name: "Rename" }).click();
    await expect.poll(() => namesIn(page), SOON).toEqual([a, ada, a, ada]);
    await page.reload();
    await page.locator("[data-w]").first().waitFor();
    expect(await namesIn(page)).toEqual([a, ada, a, ada]);
    expect(Object.values((await fixture.transcriptOf(id)).speakers ?? {})).toEqual([ada]);
    await close();
  });

  test("two speakers become one, and are parted again by undoing it", async () => {
    const id = await fixture.newTalk();
    const [a, b] = await fixture.plainNames(id);
    const { page, close } = await fixture.open(id);
    await page.locator(".speakers").getByRole("button", { name: b }).click();
    await page.getByRole("button", { name: "Merge" }).click();
    await expect.poll(() => namesIn(page), SOON).toEqual([a]);
    const merged = await fixture.transcriptOf(id);
    expect(new Set(merged.words.map((word) => word.speaker_id)).size).toBe(1);
    await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(() => namesIn(page), SOON).toEqual([a, b, a, b]);
    await close();
  });

  test("who is given the name that another is shown by is one with them", async () => {
    const id = await fixture.newTalk();
    const [a, b] = await fixture.plainNames(id);
    const { page, close } = await fixture.open(id);
    await page.locator(".speakers").getByRole("button", { name: a }).click();
    await page.getByLabel("Name, everywhere").fill(b);
    await page.getByRole("button", { name: "Rename" }).click();
    await expect.poll(() => namesIn(page), SOON).toEqual([b]);
    await page.locator(".speakers").getByRole("button", { name: b }).click();
    await page.getByRole("button", { name: "Part again" }).click();
    await expect.poll(() => namesIn(page), SOON).toEqual([a, b, a, b]);
    await close();
  });

  test("a paragraph is corrected in its place; words that stay keep their times, and a reload shows it", async () => {
    const id = await fixture.newTalk();
    const before = await fixture.transcriptOf(id);
    const { page, complaints, close } = await fixture.open(id);
    const row = page.locator(".paragraph").nth(1);
    await row.hover();
    await row.getByRole("button", { name: "Correct this paragraph" }).click();
    const field = page.getByLabel("Text of this paragraph");
    expect(await field.inputValue()).toBe("hello there my friend");
    await field.fill("hello there <img src=x onerror=alert(1)> my friend");
    await field.press("Enter");
    await page.getByText("Saved", { exact: true }).waitFor();
    const after = await fixture.transcriptOf(id);
    expect(after.text).toContain("hello there <img src=x onerror=alert(1)> my friend");
    for (const kept of ["hello", "friend", "yesterday"]) {
      expect(timesOf(after, kept)).toEqual(timesOf(before, kept));
    }
    await page.reload();
    await row.getByText("<img").waitFor();
    expect(await row.locator(".said").textContent()).toBe(
      "hello there <img src=x onerror=alert(1)> my friend",
    );
    await page.getByRole("button", { name: "As heard" }).click();
    await expect.poll(() => row.locator(".said").textContent(), SOON).toBe("hello there my friend");
    expect(complaints).toEqual([]);
    await close();
  });

  test("what is written is discarded by Escape, and undone by Ctrl+Z when it was saved", async () => {
    const id = await fixture.newTalk();
    const { page, close } = await fixture.open(id);
    const first = page.locator(".paragraph").first();
    await page.keyboard.press("e");
    await page.getByLabel("Text of this paragraph").fill("nothing of this");
    await page.keyboard.press("Escape");
    expect(await first.locator(".said").textContent()).toBe("good morning all");
    await page.keyboard.press("e");
    await page.getByLabel("Text of this paragraph").fill("good evening all");
    await page.keyboard.press("Enter");
    await page.getByText("Saved", { exact: true }).waitFor();
    expect((await fixture.transcriptOf(id)).text).toMatch(/^good evening all/);
    await page.keyboard.press("Control+z");
    await expect.poll(() => first.locator(".said").textContent(), SOON).toBe("good morning all");
    await expect.poll(async () => (await fixture.transcriptOf(id)).text, SOON).toMatch(/^good morning all/);
    await close();
  });

  test("who writes can play and go back without leaving the text", async () => {
    const { page, close } = await fixture.open(await fixture.newTalk());
    await page.keyboard.press("e");
    const field = page.getByLabel("Text of this paragraph");
    await field.press("Control+Enter");
    await expect.poll(() => page.evaluate("document.querySelector('audio').paused"), SOON).toBe(false);
    await page.getByRole("button", { name: "Pause" }).click();
    await field.press("Control+Shift+Enter");
    expect(await timeOf(page)).toBe(0);
    expect(await field.inputValue()).toBe("good morning all");
    await field.press("Enter");
    expect(await field.count()).toBe(0);
    expect(await page.evaluate("document.activeElement.className")).toBe("paragraph");
    await close();
  });

  test("corrections of two people in different paragraphs are both kept", async () => {
    const id = await fixture.newTalk();
    const [ada, ben] = [await fixture.open(id), await fixture.open(id)];
    await correct(ada.page, 0, "good morning everybody");
    await correct(ben.page, 3, "on the other hill");
    const { text } = await fixture.transcriptOf(id);
    expect(text).toContain("good morning everybody");
    expect(text).toContain("on the other hill");
    await ada.close();
    await ben.close();
  });

  test("where two correct the same words the second is asked", async () => {
    const id = await fixture.newTalk();
    const [ada, ben] = [await fixture.open(id), await fixture.open(id)];
    await correct(ada.page, 0, "good evening all");
    await correct(ben.page, 0, "good day all", "Somebody else has corrected the same words");
    expect((await fixture.transcriptOf(id)).text).toMatch(/^good evening all/);
    await ben.page.getByRole("button", { name: "Use my text" }).click();
    await expect.poll(async () => (await fixture.transcriptOf(id)).text, SOON).toMatch(/^good day all/);
    await ada.close();
    await ben.close();
  });

  test("a paragraph is given to somebody else", async () => {
    const id = await fixture.newTalk();
    const [a, b] = await fixture.plainNames(id);
    const { page, close } = await fixture.open(id);
    await page.locator(".paragraph").nth(2).getByRole("button", { name: a }).click();
    await page.getByLabel("This paragraph is said by").selectOption({ label: "Somebody new" });
    await page.getByRole("button", { name: "Give" }).click();
    await expect.poll(() => namesIn(page), SOON).toEqual([a, b, "Speaker 3", b]);
    await page.getByText("Saved", { exact: true }).waitFor();
    const { words } = await fixture.transcriptOf(id);
    expect(words.find(({ word }) => word === "yesterday")?.speaker_id).toBe("SPEAKER_02");
    await close();
  });

  test("what cannot be saved is not lost, says so, and is saved when it can", async () => {
    const id = await fixture.newTalk();
    const { page, close } = await fixture.open(id);
    await page.route("**/edits", (route) =>
      route.request().method() === "PUT" ? route.abort() : route.continue(),
    );
    await correct(page, 0, "good evening all", "Not saved");
    expect(await page.locator(".paragraph .said").first().textContent()).toBe("good evening all");
    await page.unroute("**/edits");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("Saved", { exact: true }).waitFor();
    expect((await fixture.transcriptOf(id)).text).toMatch(/^good evening all/);
    await close();
  });
});

function timesOf({ words }: AnsweredTranscript, said: string) {
  return words.filter(({ word }) => word === said).map(({ start, end }) => ({ start, end }));
}
