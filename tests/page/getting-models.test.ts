// Under `npm start` without models: the page gets some, and the recording that nobody heard is transcribed again.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { request as ask, createServer, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { freePortWithNext } from "../../dev/local/free-port.ts";
import { runWithModels } from "../../dev/local/run-with-models.ts";
import { DEV_API_KEY } from "../../dev/local/seed-tenant.ts";
import type { CatalogueEntry } from "../../dev/models/catalogue.ts";
import { readModel } from "../../dev/models/check-model.ts";
import { filesOf } from "../../dev/models/model.ts";
import { close, listen } from "../../dev/stand-in/serve.ts";
import { seriousFaults } from "../support/clients/axe.ts";
import { launchBrowser, noBrowser, visit } from "../support/clients/browser.ts";
import { hasEngine } from "../support/engine/has-engine.ts";
import { writeToneModel } from "../support/engine/tone-model.ts";
import { toneSpeech } from "../support/engine/tone-speech.ts";
import { writeFloatWav } from "../support/engine/write-float-wav.ts";
import { preparedStack } from "../support/run/prepared.ts";
import type { ShownJob } from "../support/stack/diarist.ts";

describe.skipIf(noBrowser || !hasEngine)("a server without models", () => {
  let folder: string;
  let browser: Browser;
  let diarist: Awaited<ReturnType<typeof runWithModels>>;
  let url: string;
  let job: string;
  /** Of the host that the models lie on: how it answers, until another is set. */
  let answer: (response: ServerResponse, bytes: Buffer) => void;
  const host = createServer((request, response) => {
    void readFile(join(folder, "tone", request.url?.slice(1) ?? "")).then((bytes) => answer(response, bytes));
  });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "getting-models-"));
    await writeToneModel(join(folder, "tone"));
    const port = await freePortWithNext();
    url = `http://127.0.0.1:${port}`;
    const models = join(folder, "models");
    [browser, diarist] = await Promise.all([
      launchBrowser(),
      runWithModels({
        port,
        statePath: join(folder, "state"),
        catalogue: await openCatalogue(),
        environment: { DIARIST_MODELS: models },
        vars: { SPEECH_API: "", TOGETHER_API_KEY: "", TOGETHER_BASE_URL: "", DIARIST_MODELS: models },
        prepared: await preparedStack(),
        onRestart: () => undefined,
      }),
    ]);
    await writeFloatWav(join(folder, "meeting.wav"), toneSpeech([[0, "good morning all"]]).samples);
    const body = Uint8Array.from(await readFile(join(folder, "meeting.wav")));
    const sent = await call("/v1/jobs?filename=meeting.wav&diarize=false", { method: "POST", body });
    job = ((await sent.json()) as ShownJob).id;
    await call(`/v1/jobs/${job}?wait=60`);
  });
  afterAll(async () => {
    await browser?.close();
    await diarist?.close();
    await close(host);
    await rm(folder, { recursive: true });
  });

  async function openCatalogue(): Promise<CatalogueEntry[]> {
    const { origin } = await listen(host);
    const model = await readModel(join(folder, "tone"));
    const downloads = filesOf(model).map((file) => ({ ...file, url: `${origin}/${file.file}` }));
    const describeTone = () => ({ ...model, licence: "CC0-1.0", attribution: "Tone speech (CC0-1.0)" });
    return [{ name: "tone", title: "Tone speech", downloads, describe: describeTone }];
  }

  function call(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${DEV_API_KEY}`, "content-type": "audio/wav" };
    return fetch(url + path, { ...init, headers });
  }

  async function open(hash: string) {
    const visitor = await visit(browser, url, hash);
    onTestFinished(visitor.close);
    return visitor.page;
  }

  const card = (page: Page) => page.getByRole("region", { name: "This server has no speech API yet" });
  const getButton = (page: Page) => page.getByRole("button", { name: /^Get speech models \(\d/ });

  test("offers them in the dialog of the bar, with what they are, and their licence", async () => {
    const page = await open("#/");
    await page.getByRole("button", { name: "Get real transcripts" }).click();
    const dialog = page.getByRole("dialog", { name: "Get real transcripts" });
    await dialog.getByText("English. What is said is heard on this machine").waitFor();
    await dialog.getByText("Tone speech (CC0-1.0).").waitFor();
    await getButton(page).waitFor();
    await dialog.getByText("TOGETHER_API_KEY=… npm start").waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });

  test("gets nothing for another page, nor under a name that somebody has pointed at this machine", async () => {
    const statusOf = (method: string, path: string, headers: Record<string, string>) =>
      new Promise((resolve, reject) => {
        const sent = { "content-type": "application/json", ...headers };
        const asked = ask(url + path, { method, headers: sent }, (got) => resolve(got.resume().statusCode));
        asked.on("error", reject).end('{"get":"tone"}');
      });
    const elsewhere = { origin: "https://evil.example" };
    const renamed = { host: "evil.example", origin: "http://evil.example" };
    for (const [method, path] of [
      ["POST", "/dev/models"],
      ["DELETE", "/dev/models"],
      ["POST", "/dev/sweep"],
    ] as const) {
      expect(await statusOf(method, path, elsewhere)).toBe(403);
      expect(await statusOf(method, path, renamed)).toBe(421);
    }
    expect(await (await fetch(`${url}/dev/models`)).json()).toMatchObject({ download: null });
  });

  test("says why a download failed and what to do, and offers it again", async () => {
    answer = (response) => response.writeHead(404).end();
    const page = await open(`#/jobs/${job}`);
    await getButton(page).click();
    await card(page)
      .getByRole("alert")
      .getByText(/status 404 for model\.onnx.*A newer version of Diarist/)
      .waitFor();
    await getButton(page).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });

  test("shows how far a download is, which can be canceled by the keyboard alone", async () => {
    answer = (response, bytes) => {
      response.writeHead(200, { "content-length": bytes.length });
      response.write(bytes.subarray(0, bytes.length / 2)); // and no more
    };
    const page = await open(`#/jobs/${job}`);
    await getButton(page).focus();
    await page.keyboard.press("Enter");
    await card(page).getByRole("status").getByText("Getting the speech models…").waitFor();
    const bar = card(page).getByRole("progressbar", { name: "Speech models" });
    await expect.poll(() => bar.getAttribute("value").then(Number)).toBeGreaterThan(0);
    await card(page)
      .getByText(/^[\d.]+ KB of [\d.]+ KB$/)
      .waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await card(page).getByText("Canceled. Get it again: it goes on where it was.").waitFor();
    await getButton(page).waitFor();
  });

  test("says what to do when the server does not start again with them by itself", async () => {
    const page = await open("#/");
    await page.route("**/dev/models", async (route) => {
      const real = await (await route.fetch()).json();
      const download = { ...real.download, status: "done", message: "It is here. Start Diarist again." };
      await route.fulfill({ json: { ...real, download } });
    });
    await page.evaluate(`location.hash = "#/jobs/${job}"`);
    await card(page).getByRole("alert").getByText("It is here. Start Diarist again.").waitFor();
    expect(await page.getByRole("progressbar").count()).toBe(0);
  });

  test("hears with them once they are here: the bar goes, and the recording is transcribed again", async () => {
    answer = (response, bytes) => response.end(bytes);
    const page = await open(`#/jobs/${job}`);
    const bar = page.getByRole("complementary", { name: "Trial" });
    await bar.waitFor();
    await getButton(page).click();
    await expect.poll(() => page.evaluate("location.hash"), { timeout: 60_000 }).not.toContain(job);
    await bar.waitFor({ state: "detached" });
    for (const word of ["good", "morning", "all"]) {
      await page.locator("[data-w]").getByText(word, { exact: true }).waitFor();
    }
    const { data } = (await (await call("/v1/jobs")).json()) as { data: ShownJob[] };
    expect(data.map(({ result }) => result?.speech?.api)).toEqual(["local", "stand-in"]);
  });
});
