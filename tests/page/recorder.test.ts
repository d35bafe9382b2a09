import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { noBrowser, visit } from "../support/clients/browser.ts";
import { TranscriptFixture } from "../support/clients/page-fixture.ts";
import { accepted, sendRaw, textBytes } from "../support/clients/send-job.ts";

describe.skipIf(noBrowser)("a recording", () => {
  const fixture = TranscriptFixture.use();

  test("the whole text is copied, as the API writes it", async () => {
    const { page, context, close } = await fixture.open(fixture.sample.id);
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "Copy" }).click();
    await page.getByText("The transcript is on the clipboard.").waitFor();
    const text = await (
      await fixture.diarist.call(`/v1/jobs/${fixture.sample.id}/transcript?format=text`)
    ).text();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(text);
    await close();
  });

  test("every download is what the API answers", async () => {
    const id = await fixture.newTalk();
    await fixture.diarist.call(`/v1/jobs/${id}`, {
      method: "PATCH",
      body: JSON.stringify({ speakers: { SPEAKER_00: "Ada" } }),
      headers: { "content-type": "application/json" },
    });
    const { page, close } = await fixture.open(id);
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
      const answered = await (await fixture.diarist.call(`/v1/jobs/${id}/transcript?${query}`)).bytes();
      expect(Buffer.compare(await readFile(await download.path()), answered), ending).toBe(0);
    }
    await close();
  });

  test("a shared link shows the transcript and plays it, and nothing can be changed; ended, it opens nothing", async () => {
    const id = await fixture.newTalk();
    const { page, close } = await fixture.open(id);
    await page.getByRole("button", { name: "Share" }).click();
    await page.getByRole("button", { name: "Make a link" }).click();
    const link = await page.getByLabel("Link", { exact: true }).inputValue();
    const guest = await visit(fixture.browser, fixture.diarist.url, new URL(link).hash, { key: null });
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
    const torn = await visit(fixture.browser, fixture.diarist.url, "#/shared/what%20is%20no%20key", {
      key: null,
    });
    await torn.page.getByText("This link has ended").waitFor();
    expect(torn.complaints).toEqual([]);
    await torn.close();
    await guest.close();
    await close();
  });

  test("a failed job says why and what to do about it", async () => {
    const sent = sendRaw(fixture.diarist, textBytes("this is no recording at all"), {
      query: "?filename=notes.txt",
    });
    const { id, error } = await fixture.diarist.finished((await accepted(sent)).id);
    const { page, complaints, close } = await visit(fixture.browser, fixture.diarist.url, `#/jobs/${id}`);
    const alert = page.getByRole("alert").filter({ hasText: error?.code ?? "" });
    await alert.waitFor();
    expect(await alert.textContent()).toContain(error?.message);
    expect(await alert.textContent()).toContain(error?.action);
    expect(complaints).toEqual([]);
    await close();
  });

  test("a job that is not there says so, and what to do", async () => {
    const { page, close } = await visit(
      fixture.browser,
      fixture.diarist.url,
      "#/jobs/job_00000000000000000000000000",
    );
    const refusal = await fixture.diarist.call("/v1/jobs/job_00000000000000000000000000");
    const { action } = (await refusal.json()) as { action: string };
    await page.getByRole("alert").filter({ hasText: action }).waitFor();
    await close();
  });

  test("a job is followed until its transcript is there", async () => {
    await fixture.diarist.control({
      faults: [{ match: { nth: 1 }, do: { status: 429, headers: { "retry-after": "2" } } }],
    });
    const { id } = await accepted(
      sendRaw(fixture.diarist, fixture.talk, { query: "?filename=soon.wav&reuse=false" }),
    );
    const { page, complaints, close } = await visit(fixture.browser, fixture.diarist.url, `#/jobs/${id}`);
    await page.getByRole("heading", { name: "soon.wav" }).waitFor();
    await page.locator("[data-w]").first().waitFor({ timeout: 40_000 });
    expect(complaints).toEqual([]);
    await close();
  });

  test("deleting asks first, and then the recording is gone", async () => {
    const id = await fixture.newTalk();
    const { page, close } = await fixture.open(id);
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    await expect.poll(() => page.evaluate("document.activeElement.textContent")).toContain("Delete");
    expect((await fixture.diarist.call(`/v1/jobs/${id}`)).status).toBe(200);
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByRole("heading", { name: "Recordings" }).waitFor();
    expect((await fixture.diarist.call(`/v1/jobs/${id}`)).status).toBe(404);
    await close();
  });
});
