/**
 * The page with a transcript of ten hours and 100,000 words, in Chromium: how soon it can be read, how long the page is
 * ever busy meanwhile, and how it scrolls, beside one of 1,000 words and beside what a page costs that puts every word
 * into the document. Run: node bench/page.ts [--words 100000]
 * Fails when the long one takes more than the stated multiples of the short one.
 */
import { parseArgs } from "node:util";
import type { Page } from "playwright-core";
import { buildAssets } from "../dev/bundle/build-assets.ts";
import { saveSlices } from "../shared/storage/transcripts.ts";
import { serializeTranscript } from "../shared/transcript/serialize-transcript.ts";
import { sliceText } from "../shared/transcript/slices.ts";
import { generateTranscript } from "../tests/support/audio/generated-transcript.ts";
import { launchBrowser, visit } from "../tests/support/clients/browser.ts";
import { startDiarist } from "../tests/support/stack/diarist.ts";
import { complete, insertClaimedJobNow, RESULT } from "../tests/support/stack/jobs.ts";
import { printTable } from "./support/table.ts";

const ROUNDS = 5;
const SHORT_WORDS = 1_000;
/** Of the first words on the screen, and of the slowest twentieth of the frames. */
const MAX_OPEN_RATIO = 3;
const MAX_FRAME_RATIO = 3;

const { values } = parseArgs({ options: { words: { type: "string", default: "100000" } } });
await buildAssets();
const [diarist, browser] = await Promise.all([startDiarist(), launchBrowser()]);

type Cost = {
  /** From the click on the address to the first words drawn. */
  firstWordsMs: number;
  allWordsMs: number;
  /** The longest that the page could answer nothing. */
  longestTaskMs: number;
  medianFrameMs: number;
  slowFrameMs: number;
  /** From Enter to the corrected words drawn. */
  correctionMs: number;
  wordsInDocument: number;
  heapMegabytes: number;
};

async function seed(words: number): Promise<string> {
  const transcript = generateTranscript(words, 7);
  const claimed = await insertClaimedJobNow(diarist.stack.db, { tenantId: "local" });
  await saveSlices(diarist.stack.db, claimed, sliceText(serializeTranscript(transcript)));
  const { id } = await complete(diarist.stack.db, claimed, Date.now());
  const speakers = [...new Set(transcript.words.flatMap((word) => word.speaker_id ?? []))].sort();
  const result = { ...RESULT, words, duration: transcript.duration, speakers };
  await diarist.stack.db
    .prepare("UPDATE jobs SET result = ? WHERE id = ?")
    .bind(JSON.stringify(result), id)
    .run();
  return id;
}

/** What a page would cost that knows no virtual list: every word an element, and laid out. */
const NAIVE = `(async (path) => {
  const started = performance.now();
  const answer = await fetch(path, { headers: { authorization: "Bearer " + localStorage["diarist.key"] } });
  const { words } = await answer.json();
  const parsed = performance.now();
  const page = document.createElement("main");
  for (const { word } of words) {
    const span = document.createElement("span");
    span.textContent = word;
    page.append(span, " ");
  }
  document.body.replaceChildren(page);
  page.getBoundingClientRect();
  return { parsedMs: parsed - started, drawnMs: performance.now() - started };
})`;

/** Scrolls as a wheel does, a step a frame, and takes down how long each frame took. */
const SCROLL = `(async (steps) => {
  const frames = [];
  let last = await new Promise(requestAnimationFrame);
  for (let step = 0; step < steps; step++) {
    scrollBy(0, 240);
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - last);
    last = now;
  }
  return frames.sort((a, b) => a - b);
})`;

/** Presses Enter in the paragraph that is written in, and waits until it stands there as it was written. */
const CORRECT = `(async () => {
  const field = document.querySelector(".editor textarea");
  const started = performance.now();
  field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
  while (!document.querySelector(".said")?.textContent.endsWith(" corrected")) await new Promise(requestAnimationFrame);
  return performance.now() - started;
})()`;

/** Notes when the first words are drawn, when the last are here, and what keeps the page busy. */
const WATCH = `
  window.seen = { longestTaskMs: 0 };
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.longestTaskMs = Math.max(seen.longestTaskMs, duration);
  }).observe({ type: "longtask", buffered: true });
  new MutationObserver(() => {
    if (!seen.firstWordsMs && document.querySelector("[data-w]")) {
      seen.firstWordsMs = -1;
      requestAnimationFrame(() => setTimeout(() => { seen.firstWordsMs = performance.now(); }));
    }
    if (!seen.allWordsMs && document.querySelector(".transcript[data-whole]")) seen.allWordsMs = performance.now();
  }).observe(document, { childList: true, subtree: true, attributes: true });
`;

async function costOf(id: string): Promise<Cost> {
  const { page, context, close } = await visit(browser, diarist.url, "#/settings");
  await page.getByRole("heading").first().waitFor();
  await context.addInitScript(WATCH);
  await page.goto("about:blank");
  await page.goto(`${diarist.url}/#/jobs/${id}`);
  await page.waitForFunction(() => {
    const { firstWordsMs = 0, allWordsMs = 0 } = Object(globalThis).seen;
    return firstWordsMs > 0 && allWordsMs > 0;
  });
  const seen = await page.evaluate<Cost>("seen");
  const frames = await page.evaluate<number[]>(`${SCROLL}(120)`);
  const wordsInDocument = await page.evaluate<number>("document.querySelectorAll('[data-w]').length");
  const heapMegabytes = (await page.evaluate<number>("performance.memory.usedJSHeapSize")) / 1e6;
  await page.evaluate("scrollTo(0, 0)");
  await page.keyboard.press("e");
  const field = page.getByLabel("Text of this paragraph");
  await field.fill(`${await field.inputValue()} corrected`);
  const correctionMs = await page.evaluate<number>(CORRECT);
  await close();
  return {
    ...seen,
    correctionMs,
    medianFrameMs: frames[60] ?? Number.NaN,
    slowFrameMs: frames[114] ?? Number.NaN,
    wordsInDocument,
    heapMegabytes,
  };
}

async function naiveCost(page: Page, id: string): Promise<{ parsedMs: number; drawnMs: number }> {
  const path = `/v1/jobs/${id}/transcript?format=verbose_json&layer=machine`;
  return page.evaluate(`${NAIVE}(${JSON.stringify(path)})`);
}

function median(costs: readonly Cost[]): Cost {
  const middle = (of: (cost: Cost) => number) =>
    costs.map(of).sort((a, b) => a - b)[Math.floor(costs.length / 2)] ?? Number.NaN;
  return {
    firstWordsMs: middle((cost) => cost.firstWordsMs),
    allWordsMs: middle((cost) => cost.allWordsMs),
    longestTaskMs: middle((cost) => cost.longestTaskMs),
    medianFrameMs: middle((cost) => cost.medianFrameMs),
    slowFrameMs: middle((cost) => cost.slowFrameMs),
    correctionMs: middle((cost) => cost.correctionMs),
    wordsInDocument: middle((cost) => cost.wordsInDocument),
    heapMegabytes: middle((cost) => cost.heapMegabytes),
  };
}

const words = Number(values.words);
const [short, long] = [await seed(SHORT_WORDS), await seed(words)];
const costs: { short: Cost[]; long: Cost[] } = { short: [], long: [] };
for (let round = 0; round < ROUNDS; round++) {
  costs.short.push(await costOf(short));
  costs.long.push(await costOf(long));
}
const [few, many] = [median(costs.short), median(costs.long)];
const { page, close } = await visit(browser, diarist.url);
const naive = await naiveCost(page, long);
await close();

console.log(`${browser.version()}, median of ${ROUNDS} rounds`);
const row = (name: string, of: (cost: Cost) => number) => {
  const ratio = of(many) / of(few);
  return [name, of(few).toFixed(0), of(many).toFixed(0), Number.isFinite(ratio) ? ratio.toFixed(1) : ""];
};
printTable(
  ["", `${SHORT_WORDS} words`, `${words} words`, "ratio"],
  [
    row("from the address to the first words, ms", (cost) => cost.firstWordsMs),
    row("all words here, ms", (cost) => cost.allWordsMs),
    row("longest task meanwhile, ms", (cost) => cost.longestTaskMs),
    row("frame while scrolling, median, ms", (cost) => cost.medianFrameMs),
    row("frame while scrolling, 95 %, ms", (cost) => cost.slowFrameMs),
    row("a paragraph corrected, until it is drawn, ms", (cost) => cost.correctionMs),
    row("words in the document", (cost) => cost.wordsInDocument),
    row("JavaScript heap, MB", (cost) => cost.heapMegabytes),
  ],
);
console.log(
  `With every word in the document: ${naive.parsedMs.toFixed(0)} ms until the JSON is parsed, ` +
    `${naive.drawnMs.toFixed(0)} ms until it is laid out, ${(naive.drawnMs / many.firstWordsMs).toFixed(1)} × the first words here.`,
);
await browser.close();
if (
  many.firstWordsMs > MAX_OPEN_RATIO * few.firstWordsMs ||
  many.slowFrameMs > MAX_FRAME_RATIO * few.slowFrameMs
) {
  console.error(`above ${MAX_OPEN_RATIO} × to open or ${MAX_FRAME_RATIO} × to scroll`);
  process.exit(1);
}
process.exit(0);
