import { existsSync } from "node:fs";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";
import { DEV_API_KEY } from "../../../dev/local/seed-tenant.ts";

const PLACES = [
  process.env["CHROMIUM"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];
const executablePath = PLACES.find((path) => path && existsSync(path));

/** For `test.skipIf`; says why, once a file. */
export const noBrowser = !executablePath;
if (noBrowser) {
  console.warn("No Chromium here: the tests of the page skip. apt-get install chromium, or set CHROMIUM.");
}

/** A headless Chromium with a microphone that hums; the tests of one file share it. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    ...(executablePath && { executablePath }),
    args: [
      "--no-sandbox",
      "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream",
      "--autoplay-policy=no-user-gesture-required",
    ],
  });
}

/** A visitor of the page: a browser profile of its own, and what went wrong in it. */
export type Visitor = {
  page: Page;
  context: BrowserContext;
  /** Uncaught errors, messages to the console's error log, refusals by the Content-Security-Policy. */
  complaints: string[];
  close(): Promise<void>;
};

export type VisitOptions = BrowserContextOptions & {
  /** The key to sign in with; null: not signed in. */
  key?: string | null;
};

/** Opens the page at a hash, such as `#/jobs/job_…`. */
export async function visit(
  browser: Browser,
  url: string,
  hash = "#/",
  { key = DEV_API_KEY, ...options }: VisitOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({ locale: "en-GB", timezoneId: "UTC", ...options });
  context.setDefaultTimeout(20_000);
  if (key !== null) {
    // Only once: who signs out stays signed out over a reload.
    await context.addInitScript(`
      if (!sessionStorage.signedIn) {
        sessionStorage.signedIn = "yes";
        localStorage.setItem("diarist.key", ${JSON.stringify(key)});
      }
    `);
  }
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`uncaught: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(`console: ${message.text()} ${message.location().url}`);
  });
  await page.goto(`${url}/${hash}`);
  return { page, context, complaints, close: () => context.close() };
}
