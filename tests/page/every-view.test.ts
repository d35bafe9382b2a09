import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createReceiver, type Receiver } from "../../dev/receiver.ts";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record } from "../support/audio/recordings.ts";
import { seriousFaults } from "../support/clients/axe.ts";
import { launchBrowser, noBrowser, visit } from "../support/clients/browser.ts";
import { accepted, sendRaw, textBytes } from "../support/clients/send-job.ts";
import type { ShownJob, TestDiarist } from "../support/stack/diarist.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";

/** What would run, or break the page, if it were taken for markup. */
const CORPUS = [
  `<img src=x onerror="ran('img')">`,
  `"><script>ran('script')<\\/script>`,
  `<svg onload=ran('svg')>`,
  `<iframe srcdoc="<script>parent.ran('frame')<\\/script>">`,
  `<a href="javascript:ran('link')" autofocus onfocus=ran('focus')>a`,
  `javascript:ran('url')`,
  `<style>*{display:none}`,
  `{{constructor.constructor("ran('template')")()}}`,
  "&lt;img src=x onerror=ran('entity')&gt;",
  "</title></textarea><details open ontoggle=ran('toggle')>",
  "__proto__",
  "\u202egpj.exe",
].map((text) => text.replaceAll("\\/", "\u2215")); // a slash would end a file's name
/** Cut out of file names. */
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const ALL = CORPUS.join(" ").replaceAll("/", "\u2215");
/** A view, and what is there when it has all that it asked for. */
type View = { hash: string; shows: string };

describe.skipIf(noBrowser)("every view", () => {
  let diarist: TestDiarist;
  let browser: Browser;
  let receiver: Receiver;
  let job: ShownJob;
  let views: View[];
  beforeAll(async () => {
    [diarist, browser] = await Promise.all([openDiarist({ recognise: createRecogniser() }), launchBrowser()]);
    receiver = await createReceiver({ secret: "whsec_AAAA", respond: () => ({ status: 500, body: ALL }) });
    job = await fill(diarist, receiver.url);
    views = [
      { hash: "#/", shows: "talk.wav" },
      { hash: `#/jobs/${job.id}`, shows: "gpj.exe" },
      { hash: "#/search?q=hostile", shows: "1 place" },
      { hash: "#/settings/webhooks", shows: "webhook.test" },
      { hash: "#/settings/keys", shows: "__proto__" },
      { hash: "#/settings/usage", shows: "The last 30 days" },
      { hash: "#/nowhere", shows: "There is nothing here" },
    ];
  });
  afterAll(async () => {
    await browser?.close();
    await receiver?.close();
    await diarist?.close();
  });

  test("shows hostile names and words as text: nothing runs, no element is made of them", async () => {
    // Without the policy, so that only the page itself stands between these words and the browser.
    const { page, complaints, close } = await visit(browser, diarist.url, "#/", { bypassCSP: true });
    await page.evaluate("window.ran = (what) => { (window.whatRan ??= []).push(what); }");
    for (const view of views) {
      await show(page, view);
      for (const button of await page.getByRole("button", { name: /attempt/ }).all()) await button.click();
      const made = await page
        .locator(
          "img[src='x'], iframe, main style, main script, [onload], [onerror], [onfocus], [ontoggle], [href^=javascript]",
        )
        .count();
      expect({ hash: view.hash, made, ran: await page.evaluate("window.whatRan") }).toEqual({
        hash: view.hash,
        made: 0,
        ran: undefined,
      });
    }
    for (const { hash, text } of [
      { hash: "#/", text: ALL.slice(-100).replaceAll(BIDI, "") },
      { hash: "#/settings/keys", text: "<svg onload=ran('svg')>" },
    ]) {
      await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
      await page.getByRole("main").getByText(text).first().waitFor();
    }
    expect(complaints).toEqual([]);
    await close();
  });

  test("has nothing serious that a screen reader or weak eyes would stumble over, light and dark", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const { page, close } = await visit(browser, diarist.url, "#/", { colorScheme });
      for (const view of views) {
        await show(page, view);
        const serious = await seriousFaults(page);
        expect({ hash: view.hash, colorScheme, serious }).toEqual({
          hash: view.hash,
          colorScheme,
          serious: [],
        });
      }
      await close();
    }
  });

  test("fits a narrow phone without scrolling sideways", async () => {
    const { page, close } = await visit(browser, diarist.url, "#/", {
      viewport: { width: 320, height: 640 },
      isMobile: true,
      hasTouch: true,
    });
    for (const view of views) {
      await show(page, view);
      expect({ hash: view.hash, width: await page.evaluate("document.documentElement.scrollWidth") }).toEqual(
        {
          hash: view.hash,
          width: 320,
        },
      );
    }
    await close();
  });

  test("is reached, used and left by the keyboard alone", async () => {
    const { page, close } = await visit(browser, diarist.url, "#/", { key: null });
    const chooser = page.waitForEvent("filechooser"); // to be listened for well before it comes
    const focused = () =>
      page.evaluate("(document.activeElement.ariaLabel || document.activeElement.innerText || '').trim()");
    const tabTo = async (name: string) => {
      for (let n = 0; n < 40; n++) {
        if ((await focused()) === name) return;
        await page.keyboard.press("Tab");
      }
      throw new Error(`Tab does not lead to ${name}`);
    };
    await page.getByLabel("API key").waitFor();
    await page.keyboard.type("dev-api-key"); // the field has the focus
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "Add recordings" }).waitFor();
    await page.evaluate("document.activeElement.blur()");
    await tabTo("Skip to the content");
    await page.keyboard.press("Enter");
    await tabTo("Choose files");
    await page.keyboard.press("Enter");
    expect((await chooser).isMultiple()).toBe(true);
    await tabTo("Delete talk.wav");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    expect(await focused()).toBe("Delete talk.wav");
    await page.evaluate("document.querySelector('.logo').focus()");
    await tabTo("Settings");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Settings" }).waitFor();
    await expect.poll(() => page.evaluate("document.activeElement.id")).toBe("main");
    await tabTo("API keys");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Make a key" }).waitFor();
    await tabTo("Sign out").catch(async () => {
      await page.evaluate("document.querySelector('.logo').focus()");
      await tabTo("Sign out");
    });
    await page.keyboard.press("Enter");
    await page.getByLabel("API key").waitFor();
    await close();
  });
});

async function show(page: Page, { hash, shows }: View): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  await page.getByRole("main").getByText(shows).first().waitFor();
  await expect.poll(() => page.locator(".loading").count()).toBe(0);
}

/** A tenant whose every word is hostile; gives the job with a transcript. */
async function fill(diarist: TestDiarist, receiverUrl: string): Promise<ShownJob> {
  const send = async (method: string, path: string, body: object, headers: Record<string, string> = {}) => {
    const json = { "content-type": "application/json", ...headers };
    const answer = await diarist.call(path, { method, headers: json, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json() as Promise<Record<string, unknown>>;
  };
  const endpoint = await send("POST", "/v1/webhooks/endpoints", { url: receiverUrl, description: ALL });
  await send("POST", `/v1/webhooks/endpoints/${endpoint["id"]}/test`, {});
  for (const name of CORPUS) await send("POST", "/v1/keys", { name, scopes: ["jobs:read"] });

  const script = `A: hostile ${ALL.replaceAll(" ", "\u00a0")} words\nB: answer\n`;
  const talk = await bytesOf(await record(script));
  const query = new URLSearchParams({
    filename: ALL,
    tags: CORPUS.slice(0, 10)
      .map((tag) => tag.slice(0, 50))
      .join(","),
    metadata: JSON.stringify({ [ALL]: ALL }),
    external_id: ALL.slice(0, 100),
  });
  const { id } = await accepted(sendRaw(diarist, talk, { query: `?${query}` }));
  const job = await diarist.finished(id);
  const [first = "", second = ""] = job.result?.speakers ?? [];
  const speakers = { [first]: CORPUS[0] ?? "", [second]: CORPUS[1] ?? "" };
  await send("PATCH", `/v1/jobs/${id}`, { speakers });
  const transcript = (await (await diarist.call(`/v1/jobs/${id}/transcript`)).json()) as {
    words: { id: number }[];
  };
  const from = transcript.words[0]?.id;
  await send(
    "PUT",
    `/v1/jobs/${id}/edits`,
    { edits: [{ from, text: `hostile ${ALL}` }] },
    { "if-match": "*" },
  );

  const failing = await accepted(
    sendRaw(diarist, textBytes(ALL), { query: `?filename=${encodeURIComponent(ALL)}` }),
  );
  await diarist.finished(failing.id);
  const plain = await bytesOf(await record("A: good morning\n"));
  await diarist.finished((await accepted(sendRaw(diarist, plain, { query: "?filename=talk.wav" }))).id);
  return job;
}
