import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { padWav } from "../support/audio/padded-wav.ts";
import { createPausableRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import { launchBrowser, noBrowser, visit } from "../support/clients/browser.ts";
import { accepted, sendRaw, textBytes } from "../support/clients/send-job.ts";
import type { TestDiarist } from "../support/stack/diarist.ts";
import { startFileHost } from "../support/stack/file-host.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";
import { createTenant } from "../support/stack/tenants.ts";

const CHUNK = 8 * 1024 * 1024;

describe.skipIf(noBrowser)("recordings", () => {
  const recogniser = createPausableRecogniser();
  let talk: Uint8Array<ArrayBuffer>;
  let folder: string;
  let diarist: TestDiarist;
  let browser: Browser;
  beforeAll(async () => {
    talk = await bytesOf(await record(TALK));
    folder = await mkdtemp(join(tmpdir(), "diarist-page-"));
    [diarist, browser] = await Promise.all([
      openDiarist({ recognise: recogniser.recognise }),
      launchBrowser(),
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await diarist?.close();
    await rm(folder, { recursive: true });
  });

  /** The page of a tenant that nobody else uses. */
  async function open(hash = "#/") {
    const tenant = await createTenant(diarist, "page");
    const visitor = await visit(browser, diarist.url, hash, { key: tenant.key });
    visitor.page.on("dialog", (dialog) => dialog.accept()); // whether to leave while something is sent
    onTestFinished(visitor.close);
    return { ...visitor, key: tenant.key };
  }

  async function fileOf(name: string, bytes: Uint8Array): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, bytes);
    return path;
  }

  test("a dropped recording becomes a transcript before one's eyes", async () => {
    const { page, complaints } = await open();
    const release = recogniser.hold();
    await drop(page, "talk.wav", talk);
    const row = rowOf(page, "talk.wav");
    await row.getByText("Transcribing").waitFor();
    await row.getByText("Listening").waitFor();
    await row.getByRole("progressbar").waitFor();
    release();
    await row.getByText("Done").waitFor();
    await row.getByText("2 speakers").waitFor();
    await row.getByRole("link", { name: "talk.wav" }).click();
    await page.getByRole("heading", { name: "talk.wav" }).waitFor();
    expect(complaints).toEqual([]);
  });

  test("several are chosen at once, with the options that are folded away", async () => {
    const { page, key } = await open();
    await page.getByText("Options").click();
    await page.getByLabel("Language").selectOption({ label: "German" });
    await page.getByRole("combobox", { name: "Speakers" }).selectOption("2");
    await page.getByLabel("Tags").fill("sales, Q4");
    const names = ["one.wav", "two.wav", "three.wav"];
    // Of the same bytes the later ones would wait for the first one's transcript.
    const paths = names.map((name, n) => fileOf(name, padWav(talk, 2 * n)));
    await choose(page, await Promise.all(paths));
    for (const name of names) await rowOf(page, name).getByText("Done").waitFor();
    const { data } = await list(key);
    expect(data.map(({ audio }) => audio.filename).toSorted()).toEqual(names.toSorted());
    for (const { options, tags } of data) {
      expect(options).toMatchObject({ language: "de", min_speakers: 2, max_speakers: 2 });
      expect(tags).toEqual(["sales", "Q4"]);
    }
  });

  test("an upload that was interrupted goes on after a reload where it was", async () => {
    const { page, context, complaints } = await open();
    const path = await fileOf("long.wav", padWav(talk, CHUNK + 4_000_000));
    const offsets: string[] = [];
    page.on("request", (request) => {
      if (request.method() === "PATCH") offsets.push(request.headers()["upload-offset"] ?? "");
    });
    await holdChunks(page);
    await choose(page, [path]);
    const bar = page.getByRole("progressbar", { name: "long.wav: sent" });
    await expect.poll(() => bar.getAttribute("value").then(Number)).toBeGreaterThanOrEqual(CHUNK);
    await expect.poll(() => offsets.length).toBe(1);

    await page.reload();
    await page.unrouteAll();
    await page.getByText("Interrupted with 8.4 MB of 12.6 MB sent").waitFor();
    const line = await context.newCDPSession(page);
    const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 2_000_000 };
    await line.send("Network.emulateNetworkConditions", slow);
    await choose(page, [path]);
    await page.getByText(/MB of 12\.6 MB · .*B\/s · \d+ s left/).waitFor();
    await rowOf(page, "long.wav").getByText("Done").waitFor();
    expect(new Set(offsets)).toEqual(new Set([String(CHUNK)]));
    await page.reload();
    await rowOf(page, "long.wav").waitFor();
    expect(await page.getByText("Interrupted").count()).toBe(0);
    expect(complaints.filter((complaint) => !complaint.includes("404"))).toEqual([]);
  });

  test("a canceled upload is given up on the server too", async () => {
    const { page, key } = await open();
    const begun = page.waitForRequest((request) => request.method() === "PATCH");
    const uploads: string[] = [];
    page.on("response", (response) => {
      const location = response.headers()["location"];
      if (location?.startsWith("/v1/uploads/")) uploads.push(location);
    });
    await holdChunks(page);
    await choose(page, [await fileOf("unwanted.wav", padWav(talk, CHUNK + 1))]);
    await begun;
    await page.getByRole("button", { name: "Cancel unwanted.wav" }).click();
    await page.getByText("No recordings yet").waitFor();
    const [upload] = uploads;
    await expect.poll(() => diarist.call(upload ?? "", {}, key).then(({ status }) => status)).not.toBe(200);
  });

  test("a recording is fetched from a link, and a refused link is explained in the API's words", async () => {
    const { page, key } = await open();
    const host = await startFileHost();
    onTestFinished(host.close);
    const field = page.getByLabel("Link to a recording");
    await field.fill(host.serveBytes("podcast.wav", talk, "audio/wav"));
    await page.getByRole("button", { name: "Fetch" }).click();
    await rowOf(page, "podcast.wav").getByText("Done").waitFor();

    await field.fill("ftp://example.com/a.wav");
    await page.getByRole("button", { name: "Fetch" }).click();
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ file: "ftp://example.com/a.wav" });
    const refused = await diarist.call("/v1/jobs", { method: "POST", headers, body }, key);
    const { action } = (await refused.json()) as { action: string };
    await page.getByRole("alert").getByText(action).waitFor();
  });

  test("what fails says why and what to do; a file that is not a recording is not even sent", async () => {
    const { page, key } = await open();
    await choose(page, [await fileOf("notes.m4a", textBytes("These are only notes.\n"))]);
    await rowOf(page, "notes.m4a").getByText("Failed").waitFor();
    const [job] = (await list(key)).data;
    await rowOf(page, "notes.m4a").getByText(`${job?.error?.message} ${job?.error?.action}`).waitFor();
    await choose(page, [await fileOf("letter.pdf", textBytes("%PDF"))]);
    await page.getByRole("alert").getByText("letter.pdf: This is not a recording.").waitFor();
    expect((await list(key)).data).toHaveLength(1);
  });

  test("an upload beyond the tenant's limit is refused at once, in the API's words", async () => {
    const tenant = await createTenant(diarist, "full", { bytes_stored: 1000 });
    const { page, close } = await visit(browser, diarist.url, "#/", { key: tenant.key });
    onTestFinished(close);
    const refused = await sendRaw(diarist, talk, { key: tenant.key });
    const { detail, action } = (await refused.json()) as { detail: string; action: string };
    await choose(page, [await fileOf("too-much.wav", talk)]);
    await page.getByRole("alert").getByText(`${detail} ${action}`).waitFor();
    await page.getByRole("button", { name: "Try again" }).waitFor();
  });

  test("the microphone's recording is kept in the browser until the server has it", async () => {
    const { page, complaints } = await open();
    await page.clock.install();
    const record = async () => {
      await page.getByRole("button", { name: "Record", exact: true }).click();
      await page.clock.fastForward(1000);
      await page.getByRole("timer").getByText("0:01").waitFor();
      await page.getByRole("link", { name: "Settings" }).click();
      await page.getByRole("link", { name: /^Recording 0:0/ }).click(); // it goes on meanwhile, and says so
      await page.getByRole("button", { name: "Stop and send" }).click();
    };
    await page.route("**/v1/uploads", (route) => route.abort());
    await record();
    await page.getByText("the connection broke, trying again").waitFor();
    await page.reload();
    await page.getByText("Recorded in this browser").waitFor();
    await page.unrouteAll();
    await page.getByRole("button", { name: "Send", exact: true }).click();
    const row = page
      .getByRole("listitem")
      .filter({ has: page.getByRole("link", { name: /^Recording .*webm$/ }) });
    await row.getByText("Done").waitFor();
    await page.reload();
    await row.waitFor();
    expect(await page.getByText("Recorded in this browser").count()).toBe(0);
    expect(complaints.filter((complaint) => !complaint.includes("ERR_FAILED"))).toEqual([]);
  });

  test("the list follows what happens elsewhere, and what is done in it", async () => {
    const { page, key } = await open();
    await page.getByText("No recordings yet").waitFor();
    const release = recogniser.hold();
    const elsewhere = await accepted(sendRaw(diarist, talk, { query: "?filename=elsewhere.wav", key }));
    const row = rowOf(page, "elsewhere.wav");
    await row.getByText("Transcribing").waitFor();
    await row.getByRole("button", { name: "Cancel" }).click();
    await row.getByText("Canceled").waitFor();
    release();
    await row.getByRole("button", { name: "Try elsewhere.wav again" }).click();
    await row.getByText("Done").waitFor();
    await row.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByText("No recordings yet").waitFor();
    expect((await diarist.call(`/v1/jobs/${elsewhere.id}`, {}, key)).status).toBe(404);
  });

  test("long lists come page by page, by status and by tag", async () => {
    const { page, key } = await open("#/?status=failed");
    for (let n = 1; n <= 31; n++) {
      const query = `?filename=note-${n}.wav${n === 1 ? "&tags=first" : ""}`;
      const { id } = await accepted(sendRaw(diarist, textBytes(`note ${n}`), { query, key }));
      if (n === 31) await diarist.finished(id, key);
    }
    await accepted(sendRaw(diarist, talk, { query: "?filename=talk.wav&tags=first", key }));
    await expect.poll(() => list(key, "&status=failed&limit=100").then(({ data }) => data.length)).toBe(31);
    await page.reload();
    const rows = page.getByRole("list", { name: "Recordings" }).locator("> li");
    await expect.poll(() => rows.count()).toBe(30);
    await page.getByRole("button", { name: "Show more" }).click();
    await expect.poll(() => rows.count()).toBe(31);

    const oldest = rowOf(page, "note-1.wav");
    await oldest.scrollIntoViewIfNeeded();
    const scrolledTo = await page.evaluate("scrollY");
    expect(scrolledTo).toBeGreaterThan(0);
    await oldest.getByRole("link", { name: "note-1.wav" }).click();
    await page.getByRole("heading", { name: "note-1.wav" }).waitFor();
    expect(await page.evaluate("scrollY")).toBe(0);
    await page.goBack();
    await oldest.waitFor();
    expect(await page.evaluate("scrollY")).toBe(scrolledTo);
    await page.getByRole("button", { name: "Show more" }).waitFor({ state: "hidden" });

    await oldest.getByRole("link", { name: "first" }).click();
    await expect.poll(() => rows.count()).toBe(2);
    await page.getByLabel("Status").selectOption("completed");
    await expect.poll(() => rows.allTextContents()).toEqual([expect.stringContaining("talk.wav")]);
    await page.getByLabel("Tag first: show all tags").click();
    await expect.poll(() => page.evaluate("location.hash")).toBe("#/?status=completed");
  });

  test("a search finds what was said and leads to its moment", async () => {
    const { page, key, complaints } = await open();
    const { id } = await accepted(sendRaw(diarist, talk, { query: "?filename=talk.wav", key }));
    await diarist.finished(id, key);
    await page.getByLabel("Search what was said").fill("yesterday");
    await page.keyboard.press("Enter");
    const hit = page.getByRole("listitem").filter({ has: page.locator("mark", { hasText: "yesterday" }) });
    await hit.waitFor();
    const answer = await diarist.call("/v1/search?q=yesterday", {}, key);
    const { data } = (await answer.json()) as { data: { start: number }[] };
    await hit.getByRole("link").click();
    await page.getByRole("heading", { name: "talk.wav" }).waitFor();
    expect(await page.evaluate("location.hash")).toBe(`#/jobs/${id}?t=${data[0]?.start}`);
    await page.goBack();
    await page.getByLabel("Words to look for").waitFor();
    await expect.poll(() => page.evaluate("document.activeElement.ariaLabel")).toBe("Words to look for");
    await page.getByLabel("Words to look for").fill("nobody said this");
    await page.getByText("Nobody said that.").waitFor();
    expect(complaints).toEqual([]);
  });

  async function list(key: string, query = "") {
    const answer = await diarist.call(`/v1/jobs?${query}`, {}, key);
    return (await answer.json()) as { data: Awaited<ReturnType<TestDiarist["finished"]>>[] };
  }
});

function rowOf(page: Page, name: string) {
  return page
    .getByRole("list", { name: "Recordings" })
    .getByRole("listitem")
    .filter({
      has: page.getByRole("link", { name, exact: true }),
    });
}

async function choose(page: Page, paths: string[]): Promise<void> {
  await page.getByLabel("Recordings to send").setInputFiles(paths);
}

/** From now on no chunk of an upload but its first is answered, nor reaches the server. */
async function holdChunks(page: Page): Promise<void> {
  await page.route("**/v1/uploads/*", (route) =>
    route.request().method() === "PATCH" ? undefined : route.continue(),
  );
}

/** As from the desktop's file manager. */
async function drop(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  await page.getByRole("region", { name: "Add recordings" }).waitFor();
  const dataTransfer = await page.evaluateHandle(
    `(() => {
      const transfer = new DataTransfer();
      const bytes = Uint8Array.from(atob("${Buffer.from(bytes).toString("base64")}"), (it) => it.charCodeAt(0));
      transfer.items.add(new File([bytes], "${name}", { type: "audio/wav" }));
      return transfer;
    })()`,
  );
  await page.dispatchEvent("main", "dragover", { dataTransfer });
  await page.getByText("Drop to send").waitFor();
  await page.dispatchEvent("main", "drop", { dataTransfer });
}
