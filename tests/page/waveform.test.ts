import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasFfmpeg } from "../../dev/marker-speech/convert-with-ffmpeg.ts";
import { newId } from "../../shared/id.ts";
import { saveSlices } from "../../shared/storage/transcripts.ts";
import { serializeTranscript } from "../../shared/transcript/serialize-transcript.ts";
import { MAX_BYTES } from "../../web/transcript/peaks/range-reader.ts";
import { generateTranscript } from "../support/audio/generated-transcript.ts";
import { launchBrowser, noBrowser, visit } from "../support/clients/browser.ts";
import type { TestDiarist } from "../support/stack/diarist.ts";
import { AUDIO, complete, insertClaimedJobNow, RESULT } from "../support/stack/jobs.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";

const run = promisify(execFile);
/** The pieces of a WAV are some 600 requests, one after another, and each goes through the local runtime. */
const SOON = { timeout: 100_000 };
/** A quarter of silence, one loud, one at a fourth of that, one loud again. */
const SECONDS = 240;
const LOUDNESS = `volume='if(lt(t,60),0,if(lt(t,120),1,if(lt(t,180),0.25,1)))':eval=frame`;
const SOUND = [
  "-f",
  "lavfi",
  "-i",
  `sine=frequency=440:duration=${SECONDS}:sample_rate=44100`,
  "-af",
  LOUDNESS,
];

describe.skipIf(noBrowser || !hasFfmpeg)("the waveform", { timeout: 120_000 }, () => {
  let diarist: TestDiarist;
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    [diarist, browser, folder] = await Promise.all([
      openDiarist(),
      launchBrowser(),
      mkdtemp(join(tmpdir(), "waveform-")),
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await diarist?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** A finished job whose recording is these bytes; nobody has to hear them. */
  async function jobOf(bytes: Uint8Array, container: string, contentType: string): Promise<string> {
    const id = newId("job", Date.now());
    const audioKey = `audio/local/${id}/source.${container}`;
    await diarist.stack.bucket.put(audioKey, bytes);
    const audio = { ...AUDIO, container, content_type: contentType, bytes: bytes.length, duration: SECONDS };
    const claimed = await insertClaimedJobNow(diarist.stack.db, { id, tenantId: "local", audioKey, audio });
    await saveSlices(diarist.stack.db, claimed, [serializeTranscript(generateTranscript(20))]);
    await complete(diarist.stack.db, claimed, Date.now());
    const result = JSON.stringify({ ...RESULT, duration: SECONDS });
    await diarist.stack.db.prepare("UPDATE jobs SET result = ? WHERE id = ?").bind(result, id).run();
    return id;
  }

  async function encode(extension: string, codec: string[]): Promise<Uint8Array> {
    const path = join(folder, `sound.${extension}`);
    await run("ffmpeg", ["-v", "error", "-nostdin", "-y", ...SOUND, ...codec, path]);
    return readFile(path);
  }

  /** Sees the four quarters as loud as they are, having fetched no more than the limit, and nothing twice. */
  async function expectQuarters(bytes: Uint8Array, container: string, type: string): Promise<void> {
    const id = await jobOf(bytes, container, type);
    const { page, complaints, close } = await visit(browser, diarist.url, "#/settings");
    const fetched = { pieces: 0, bytes: 0 };
    page.on("response", (answer) => {
      const isOurs = answer.request().resourceType() === "fetch" && answer.url().includes("/media/");
      if (!isOurs) return;
      fetched.pieces++;
      fetched.bytes += Number(answer.headers()["content-length"]);
      if (answer.status() !== 206) complaints.push(`${answer.status()} for a piece`);
    });
    await page.goto(`${diarist.url}/#/jobs/${id}`);
    await page.locator(".waveform[data-peaks=all]").waitFor({ timeout: SOON.timeout });
    const [silent = 1, loud = 0, quiet = 0, again = 0] = await quarters(page);
    expect({ silent, quiet }).toEqual({ silent: expect.closeTo(0.03, 1), quiet: expect.closeTo(0.25, 1) });
    expect(Math.min(loud, again)).toBeGreaterThan(0.7);
    expect(fetched.bytes).toBeLessThanOrEqual(Math.min(MAX_BYTES, bytes.length));
    expect(complaints).toEqual([]);
    await close();
  }

  test("of an MP3 of varying bit rate shows where it is loud", async () => {
    await expectQuarters(await encode("mp3", ["-q:a", "4"]), "mp3", "audio/mpeg");
  });

  test("of a WAV file shows where it is loud, from a part of its bytes", async () => {
    await expectQuarters(
      await encode("wav", ["-ac", "1", "-ar", "16000", "-c:a", "pcm_f32le"]),
      "wav",
      "audio/wav",
    );
  });

  test("of a FLAC file shows where it is loud", async () => {
    await expectQuarters(await encode("flac", ["-ac", "2"]), "flac", "audio/flac");
  });

  test("of an M4A file shows where it is loud", async () => {
    await expectQuarters(await encode("m4a", ["-b:a", "96k"]), "m4a", "audio/mp4");
  });

  test("of what this browser cannot decode says so, and shows who speaks", async () => {
    const id = await jobOf(new Uint8Array(4 * 1024 * 1024).fill(7), "mp3", "audio/mpeg");
    const { page, close } = await visit(browser, diarist.url, `#/jobs/${id}`);
    await page.locator(".waveform[data-peaks=none]").waitFor();
    await page.getByText("This browser cannot").first().waitFor();
    await close();
  });
});

/** How high the bars of each quarter are, by their middle, from 0 to 1. */
async function quarters(page: Page): Promise<number[]> {
  return page.evaluate(`(() => {
    const canvas = document.querySelector(".waveform canvas");
    const { width } = canvas;
    const height = Math.round(56 * devicePixelRatio);
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    const highOf = (column) => {
      let high = 0;
      for (let row = 0; row < height; row++) if (data[(row * width + column) * 4 + 3] > 0) high++;
      return high / height;
    };
    return [0, 1, 2, 3].map((quarter) => {
      const from = Math.round(((quarter + 0.1) / 4) * width);
      const to = Math.round(((quarter + 0.9) / 4) * width);
      const bars = [];
      for (let column = from; column < to; column++) if (highOf(column) > 0) bars.push(highOf(column));
      return bars.sort((a, b) => a - b)[Math.floor(bars.length / 2)];
    });
  })()`);
}
