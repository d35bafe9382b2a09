import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";
import { noFlags } from "../../../shared/flag-kinds.ts";
import { saveSlices } from "../../../shared/storage/transcripts.ts";
import { serializeTranscript } from "../../../shared/transcript/serialize-transcript.ts";
import { sliceText } from "../../../shared/transcript/slices.ts";
import type { Transcript as StoredTranscript } from "../../../shared/transcript/transcript.ts";
import { bytesOf, record } from "../audio/recordings.ts";
import type { ShownJob, TestDiarist } from "../stack/diarist.ts";
import { complete, insertClaimedJobNow, RESULT } from "../stack/jobs.ts";
import { openDiarist } from "../stack/open-diarist.ts";
import { launchBrowser, type VisitOptions, type Visitor, visit } from "./browser.ts";
import { sendSample } from "./seed-page.ts";
import { accepted, sendRaw } from "./send-job.ts";

/** For `expect.poll`: the machine may have other things to do. */
export const SOON = { timeout: 10_000 };

type Word = { word: string; start: number; end: number; speaker_id?: string };
export type AnsweredTranscript = { text: string; words: Word[]; speakers?: Record<string, string> };

const SCRIPT = "A: good morning all\nB: hello there my friend\nA: where were we yesterday\nB: on the hill\n";

/** A Diarist and a browser for the tests of one file, with a sample that has been transcribed. */
export class TranscriptFixture {
  diarist!: TestDiarist;
  browser!: Browser;
  sample!: ShownJob;
  talk!: Uint8Array<ArrayBuffer>;

  /** To be called in the body of a `describe`. */
  static use(): TranscriptFixture {
    const fixture = new TranscriptFixture();
    beforeAll(async () => {
      [fixture.diarist, fixture.browser, fixture.talk] = await Promise.all([
        openDiarist(),
        launchBrowser(),
        record(SCRIPT).then(bytesOf),
      ]);
      fixture.sample = await sendSample(fixture.diarist, "standup.mp3");
    });
    afterAll(async () => {
      await fixture.browser?.close();
      await fixture.diarist?.close();
    });
    return fixture;
  }

  /** The job of a talk of its own, so that no test sees another's corrections: four turns of two people. */
  async newTalk(): Promise<string> {
    const sent = accepted(sendRaw(this.diarist, this.talk, { query: "?filename=talk.wav" }));
    const job = await this.diarist.finished((await sent).id);
    expect(job.error).toBeNull();
    return job.id;
  }

  /** What its two speakers are called before they are named: the speech API numbers them afresh each time. */
  async plainNames(id: string): Promise<[a: string, b: string]> {
    const { words } = await this.transcriptOf(id);
    const nameOf = (said: string) => {
      const speaker = words.find(({ word }) => word === said)?.speaker_id ?? "";
      return `Speaker ${Number(speaker.slice(-2)) + 1}`;
    };
    return [nameOf("morning"), nameOf("hello")];
  }

  /** A finished job with this transcript, and no sound. */
  async seed(transcript: StoredTranscript, flags = noFlags()): Promise<string> {
    const { db } = this.diarist.stack;
    const claimed = await insertClaimedJobNow(db, { tenantId: "local" });
    await saveSlices(db, claimed, sliceText(serializeTranscript(transcript)));
    await complete(db, claimed, Date.now());
    const result = JSON.stringify({ ...RESULT, duration: transcript.duration, flags });
    await db.prepare("UPDATE jobs SET result = ? WHERE id = ?").bind(result, claimed.id).run();
    return claimed.id;
  }

  async transcriptOf(id: string): Promise<AnsweredTranscript> {
    return (await (await this.diarist.call(`/v1/jobs/${id}/transcript`)).json()) as AnsweredTranscript;
  }

  /** The page at a transcript whose first words are there. */
  async open(id: string, options: VisitOptions = {}, query = ""): Promise<Visitor> {
    const visitor = await visit(this.browser, this.diarist.url, `#/jobs/${id}${query}`, options);
    await visitor.page.locator("[data-w]").first().waitFor();
    return visitor;
  }
}

export function timeOf(page: Page): Promise<number> {
  return page.evaluate<number>("document.querySelector('audio').currentTime");
}

/** Who says each paragraph, one behind the other. */
export function namesIn(page: Page): Promise<string[]> {
  return page.locator(".paragraph .name").allTextContents();
}

/** Rewrites a paragraph and waits for the message that the page shows then. */
export async function correct(page: Page, paragraph: number, text: string, told = "Saved"): Promise<void> {
  const row = page.locator(".paragraph").nth(paragraph);
  await row.hover();
  await row.getByRole("button", { name: "Correct this paragraph" }).click();
  await page.getByLabel("Text of this paragraph").fill(text);
  await page.keyboard.press("Enter");
  await page.getByText(told).waitFor();
}

/** To be run in the page. */
export function isInWindow(element: { getBoundingClientRect(): { top: number; bottom: number } }): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  return top >= 0 && bottom <= Object(globalThis).innerHeight;
}
