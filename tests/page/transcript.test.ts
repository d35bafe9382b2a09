import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser, noBrowser, type VisitOptions, type Visitor, visit } from "../support/browser.ts";
import { type ShownJob, startDiarist, type TestDiarist } from "../support/diarist.ts";
import { bytesOf, record } from "../support/recordings.ts";
import { accepted, sendRaw, textBytes } from "../support/send-job.ts";

type Word = { word: string; start: number; end: number; speaker_id?: string };
type Transcript = { text: string; words: Word[]; speakers?: Record<string, string> };

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SAMPLE = join(import.meta.dirname, "..", "..", "dev", "sample", "standup.mp3");
const SOON = { timeout: 10_000 };
const SCRIPT = "A: good morning all\nB: hello there my friend\nA: where were we yesterday\nB: on the hill\n";

describe.skipIf(noBrowser)("the transcript", () => {
  let diarist: TestDiarist;
  let browser: Browser;
  let sample: ShownJob;
  let talk: Uint8Array<ArrayBuffer>;
  beforeAll(async () => {
    [diarist, browser, talk] = await Promise.all([
      startDiarist(),
      launchBrowser(),
      record(SCRIPT).then(bytesOf),
    ]);
    const bytes = new Uint8Array(await readFile(SAMPLE));
    const sent = sendRaw(diarist, bytes, { type: "audio/mpeg", query: "?filename=standup.mp3" });
    sample = await diarist.finished((await accepted(sent)).id);
  });
  afterAll(async () => {
    await browser?.close();
    await diarist?.close();
  });

  /** The job of a talk of its own, so that no test sees another's corrections. */
  async function newTalk(): Promise<string> {
    const job = await diarist.finished(
      (await accepted(sendRaw(diarist, talk, { query: "?filename=talk.wav" }))).id,
    );
    expect(job.error).toBeNull();
    return job.id;
  }

  /** What A and B are called before anybody names them: the speech API gives its numbers anew each time. */
  async function plainNames(id: string): Promise<[a: string, b: string]> {
    const { words } = await transcriptOf(id);
    const nameOf = (said: string) => {
      const speaker = words.find(({ word }) => word === said)?.speaker_id ?? "";
      return `Speaker ${Number(speaker.slice(-2)) + 1}`;
    };
    return [nameOf("morning"), nameOf("hello")];
  }

  async function transcriptOf(id: string): Promise<Transcript> {
    return (await (await diarist.call(`/v1/jobs/${id}/transcript`)).json()) as Transcript;
  }

  async function open(id: string, options: VisitOptions = {}, query = ""): Promise<Visitor> {
    const visitor = await visit(browser, diarist.url, `#/jobs/${id}${query}`, options);
    await visitor.page.locator("[data-w]").first().waitFor();
    return visitor;
  }

  test("shows every word, in the paragraphs of who said them", async () => {
    const { words } = await transcriptOf(sample.id);
    const { page, complaints, close } = await open(sample.id, { viewport: { width: 1200, height: 3000 } });
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
    const { words } = await transcriptOf(sample.id);
    const { page, complaints, close } = await open(sample.id);
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
    const { words } = await transcriptOf(sample.id);
    const { page, close } = await open(sample.id, { viewport: { width: 1200, height: 3000 } });
    await page.evaluate("document.querySelector('audio').play = async () => {}"); // looked at where it would begin
    for (const index of [40, 3, words.length - 1]) {
      await page.locator(`[data-w="${index}"]`).click();
      expect(Math.abs((await timeOf(page)) - (words[index]?.start ?? 0))).toBeLessThan(0.05);
      expect(await page.locator("[data-w][aria-current]").getAttribute("data-w")).toBe(String(index));
    }
    await close();
  });

  test("keys play, seek and change the speed, but not where somebody writes", async () => {
    const { page, close } = await open(sample.id);
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

  test("a name that is given once stands everywhere, and stays", async () => {
    const id = await newTalk();
    const [a, b] = await plainNames(id);
    const { page, close } = await open(id);
    await page.locator(".speakers").getByRole("button", { name: b }).click();
    const ada = "Ada <b>Lovelace</b>";
    await page.getByLabel("Name, everywhere").fill(ada);
    await page.getByRole("button", { name: "Rename" }).click();
    await expect.poll(() => namesIn(page), SOON).toEqual([a, ada, a, ada]);
    await page.reload();
    await page.locator("[data-w]").first().waitFor();
    expect(await namesIn(page)).toEqual([a, ada, a, ada]);
    expect(Object.values((await transcriptOf(id)).speakers ?? {})).toEqual([ada]);
    await close();
  });

  test("two speakers become one, and are parted again by undoing it", async () => {
    const id = await newTalk();
    const [a, b] = await plainNames(id);
    const { page, close } = await open(id);
    await page.locator(".speakers").getByRole("button", { name: b }).click();
    await page.getByRole("button", { name: "Merge" }).click();
    await expect.poll(() => namesIn(page), SOON).toEqual([a]);
    const merged = await transcriptOf(id);
    expect(new Set(merged.words.map((word) => word.speaker_id)).size).toBe(1);
    await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(() => namesIn(page), SOON).toEqual([a, b, a, b]);
    await close();
  });

  test("a paragraph is corrected in its place; words that stay keep their times, and a reload shows it", async () => {
    const id = await newTalk();
    const before = await transcriptOf(id);
    const { page, complaints, close } = await open(id);
    const row = page.locator(".paragraph").nth(1);
    await row.hover();
    await row.getByRole("button", { name: "Correct this paragraph" }).click();
    const field = page.getByLabel("Text of this paragraph");
    expect(await field.inputValue()).toBe("hello there my friend");
    await field.fill("hello there <img src=x onerror=alert(1)> my friend");
    await field.press("Enter");
    await page.getByText("Saved", { exact: true }).waitFor();
    const after = await transcriptOf(id);
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
    const id = await newTalk();
    const { page, close } = await open(id);
    const first = page.locator(".paragraph").first();
    await page.keyboard.press("e");
    await page.getByLabel("Text of this paragraph").fill("nothing of this");
    await page.keyboard.press("Escape");
    expect(await first.locator(".said").textContent()).toBe("good morning all");
    await page.keyboard.press("e");
    await page.getByLabel("Text of this paragraph").fill("good evening all");
    await page.keyboard.press("Enter");
    await page.getByText("Saved", { exact: true }).waitFor();
    expect((await transcriptOf(id)).text).toMatch(/^good evening all/);
    await page.keyboard.press("Control+z");
    await expect.poll(() => first.locator(".said").textContent(), SOON).toBe("good morning all");
    await expect.poll(async () => (await transcriptOf(id)).text, SOON).toMatch(/^good morning all/);
    await close();
  });

  test("corrections of two people in different paragraphs are both kept", async () => {
    const id = await newTalk();
    const [ada, ben] = [await open(id), await open(id)];
    await correct(ada.page, 0, "good morning everybody");
    await correct(ben.page, 3, "on the other hill");
    const { text } = await transcriptOf(id);
    expect(text).toContain("good morning everybody");
    expect(text).toContain("on the other hill");
    await ada.close();
    await ben.close();
  });

  test("where two correct the same words the second is asked", async () => {
    const id = await newTalk();
    const [ada, ben] = [await open(id), await open(id)];
    await correct(ada.page, 0, "good evening all");
    await correct(ben.page, 0, "good day all", "Somebody else has corrected the same words");
    expect((await transcriptOf(id)).text).toMatch(/^good evening all/);
    await ben.page.getByRole("button", { name: "Use my text" }).click();
    await expect.poll(async () => (await transcriptOf(id)).text, SOON).toMatch(/^good day all/);
    await ada.close();
    await ben.close();
  });

  test("a paragraph is given to somebody else", async () => {
    const id = await newTalk();
    const [a, b] = await plainNames(id);
    const { page, close } = await open(id);
    await page.locator(".paragraph").nth(2).getByRole("button", { name: a }).click();
    await page.getByLabel("This paragraph is said by").selectOption({ label: "Somebody new" });
    await page.getByRole("button", { name: "Give" }).click();
    await expect.poll(() => namesIn(page), SOON).toEqual([a, b, "Speaker 3", b]);
    await page.getByText("Saved", { exact: true }).waitFor();
    const { words } = await transcriptOf(id);
    expect(words.find(({ word }) => word === "yesterday")?.speaker_id).toBe("SPEAKER_02");
    await close();
  });

  test("what is looked for is found, marked and stepped through", async () => {
    const { words } = await transcriptOf(sample.id);
    const places = words.flatMap(({ word }, index) => (/today/i.test(word) ? [index] : []));
    expect(places.length).toBeGreaterThan(1);
    const { page, close } = await open(sample.id);
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
    const { words } = await transcriptOf(sample.id);
    const [index, word] = [100, words[100]];
    const { page, close } = await open(
      sample.id,
      { viewport: { width: 900, height: 500 } },
      `?t=${word?.start}`,
    );
    const target = page.locator(`[data-w="${index}"]`);
    await expect.poll(() => target.getAttribute("aria-current"), SOON).toBe("true");
    await expect.poll(() => target.evaluate(isInWindow), SOON).toBe(true);
    expect(await timeOf(page)).toBeCloseTo(word?.start ?? 0, 2);
    await close();
  });

  test("every download is what the API answers", async () => {
    const id = await newTalk();
    await diarist.call(`/v1/jobs/${id}`, {
      method: "PATCH",
      body: JSON.stringify({ speakers: { SPEAKER_00: "Ada" } }),
      headers: { "content-type": "application/json" },
    });
    const { page, close } = await open(id);
    const rules =
      "max_chars_per_line=42&max_lines=2&min_cue_seconds=1&max_cue_seconds=7&max_pause_seconds=0.8";
    const asked: [ending: string, query: string][] = [
      [".docx", "format=docx&times=true"],
      [".txt", "format=text&times=false"],
      [".md", "format=md&times=true"],
      [".srt", `format=srt&${rules}`],
      [".vtt", `format=vtt&${rules}`],
      [".csv", "format=csv"],
      [".zip", `format=zip&times=true&${rules}`],
    ];
    for (const [ending, query] of asked) {
      await page.getByRole("button", { name: "Download" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.locator("label", { hasText: ending }).click();
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        dialog.getByRole("button", { name: "Download" }).click(),
      ]);
      expect(download.suggestedFilename()).toBe(`talk${ending}`);
      const answered = await (await diarist.call(`/v1/jobs/${id}/transcript?${query}`)).bytes();
      expect(Buffer.compare(await readFile(await download.path()), answered), ending).toBe(0);
    }
    await close();
  });

  test("a shared link shows the transcript and plays it, and nothing can be changed; ended, it opens nothing", async () => {
    const id = await newTalk();
    const { page, close } = await open(id);
    await page.getByRole("button", { name: "Share" }).click();
    await page.getByRole("button", { name: "Make a link" }).click();
    const link = await page.getByLabel("Link", { exact: true }).inputValue();
    const guest = await visit(browser, diarist.url, new URL(link).hash, { key: null });
    await guest.page.locator("[data-w]").first().waitFor();
    await guest.page.getByRole("button", { name: "Play", exact: true }).click();
    await guest.page.locator("[data-w][aria-current]").waitFor();
    await guest.page.getByRole("button", { name: "Download" }).waitFor();
    for (const name of ["Delete", "Share", "Correct this paragraph"]) {
      expect(await guest.page.getByRole("button", { name }).count(), name).toBe(0);
    }
    expect(await guest.page.locator("button.speaker").count()).toBe(0);
    await guest.page.keyboard.press("e");
    expect(await guest.page.getByLabel("Text of this paragraph").count()).toBe(0);
    expect(guest.complaints).toEqual([]);
    await page.getByRole("button", { name: "End the link" }).click();
    await page.getByText("No link opens this recording any more.").waitFor();
    await guest.page.reload();
    await guest.page.getByText("This link has ended").waitFor();
    await guest.close();
    await close();
  });

  test("nothing in it stops a screen reader, in either colours", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const { page, close } = await open(await newTalk(), { colorScheme });
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
    const { page, close } = await open(sample.id, phone);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(320);
    await page.locator('[data-w="60"]').scrollIntoViewIfNeeded();
    await page.locator('[data-w="60"]').tap();
    await expect.poll(() => page.locator("[data-w][aria-current]").count(), SOON).toBe(1);
    await close();
  });

  test("a failed job says why and what to do about it", async () => {
    const sent = sendRaw(diarist, textBytes("this is no recording at all"), { query: "?filename=notes.txt" });
    const { id, error } = await diarist.finished((await accepted(sent)).id);
    const { page, complaints, close } = await visit(browser, diarist.url, `#/jobs/${id}`);
    const alert = page.getByRole("alert").filter({ hasText: error?.code ?? "" });
    await alert.waitFor();
    expect(await alert.textContent()).toContain(error?.message);
    expect(await alert.textContent()).toContain(error?.action);
    expect(complaints).toEqual([]);
    await close();
  });

  test("a job that is not there says so, and what to do", async () => {
    const { page, close } = await visit(browser, diarist.url, "#/jobs/job_00000000000000000000000000");
    const refusal = await diarist.call("/v1/jobs/job_00000000000000000000000000");
    const { action } = (await refusal.json()) as { action: string };
    await page.getByRole("alert").filter({ hasText: action }).waitFor();
    await close();
  });

  test("a job is followed until its transcript is there", async () => {
    await diarist.control({
      faults: [{ match: { nth: 1 }, do: { status: 429, headers: { "retry-after": "2" } } }],
    });
    const { id } = await accepted(sendRaw(diarist, talk, { query: "?filename=soon.wav&reuse=false" }));
    const { page, complaints, close } = await visit(browser, diarist.url, `#/jobs/${id}`);
    await page.getByRole("heading", { name: "soon.wav" }).waitFor();
    await page.locator("[data-w]").first().waitFor({ timeout: 40_000 });
    expect(complaints).toEqual([]);
    await close();
  });

  test("deleting asks first, and then the recording is gone", async () => {
    const id = await newTalk();
    const { page, close } = await open(id);
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    expect((await diarist.call(`/v1/jobs/${id}`)).status).toBe(200);
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByRole("heading", { name: "Recordings" }).waitFor();
    expect((await diarist.call(`/v1/jobs/${id}`)).status).toBe(404);
    await close();
  });
});

/** What axe calls serious or worse. */
async function seriousFaults(page: Page): Promise<string[]> {
  // Beside the Content-Security-Policy, which allows no script from elsewhere: as a debugger does.
  const session = await page.context().newCDPSession(page);
  await session.send("Runtime.evaluate", { expression: AXE });
  const { result } = await session.send("Runtime.evaluate", {
    expression: "axe.run().then(({ violations }) => violations)",
    awaitPromise: true,
    returnByValue: true,
  });
  await session.detach();
  const violations = result.value as { id: string; impact: string; nodes: { target: string[] }[] }[];
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
}

function timeOf(page: Page): Promise<number> {
  return page.evaluate<number>("document.querySelector('audio').currentTime");
}

/** Who says each paragraph, one behind the other. */
function namesIn(page: Page): Promise<string[]> {
  return page.locator(".paragraph .name").allTextContents();
}

function timesOf({ words }: Transcript, said: string) {
  return words.filter(({ word }) => word === said).map(({ start, end }) => ({ start, end }));
}

async function correct(page: Page, paragraph: number, text: string, told = "Saved"): Promise<void> {
  const row = page.locator(".paragraph").nth(paragraph);
  await row.hover();
  await row.getByRole("button", { name: "Correct this paragraph" }).click();
  await page.getByLabel("Text of this paragraph").fill(text);
  await page.keyboard.press("Enter");
  await page.getByText(told).waitFor();
}

/** To be run in the page. */
function isInWindow(element: { getBoundingClientRect(): { top: number; bottom: number } }): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  return top >= 0 && bottom <= (globalThis as unknown as { innerHeight: number }).innerHeight;
}
