import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { UndecodableAudioError } from "../decode-audio/index.ts";
import { makeAudio, type Truth } from "../make-audio.ts";
import { compareWords } from "../marker-speech/compare-words.ts";
import { convertWithFfmpeg, hasFfmpeg } from "../marker-speech/convert-with-ffmpeg.ts";
import { layOutScript } from "../marker-speech/lay-out-script.ts";
import { parseScript } from "../marker-speech/parse-script.ts";
import { randomScript } from "../marker-speech/random-script.ts";
import { writeWav } from "../marker-speech/write-wav.ts";
import { listen } from "./listen.ts";
import { recognise } from "./recognise.ts";

// A busy machine is no reason to fail.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const PERFECT = { wordErrors: 0, speakerErrors: 0, falseWords: 0 };

let folder: string;
let wav: string;
let truth: Truth;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "recognise-"));
  wav = join(folder, "200.wav");
  truth = await makeAudio(randomScript({ words: 200, speakers: 4, seed: 3 }), wav);
});

afterAll(() => rm(folder, { recursive: true }));

async function expectPerfect(said: Truth, path: string): Promise<void> {
  const { words, heard } = await listen(path);
  const comparison = compareWords(said.words, words);
  expect(comparison).toMatchObject(PERFECT);
  expect(comparison.maxTimeErrorSeconds).toBeLessThan(0.02);
  expect(heard).toBe("markers");
}

describe.skipIf(!hasFfmpeg)("200 words of four speakers survive", () => {
  const survive = async (name: string, how: string) =>
    expectPerfect(truth, await convertWithFfmpeg(wav, join(folder, name), how));

  test("MP3 at 64 kbit/s", () => survive("a.mp3", "-b:a 64k"));
  test("AAC at 64 kbit/s", () => survive("a.m4a", "-c:a aac -b:a 64k"));
  test("Opus at 24 kbit/s in Ogg", () => survive("a.ogg", "-c:a libopus -b:a 24k"));
  test("Opus at 24 kbit/s in WebM", () => survive("a.webm", "-c:a libopus -b:a 24k"));
  test("FLAC", () => survive("a.flac", ""));
});

test.skipIf(!hasFfmpeg)("other rates, channels and codecs do no harm either", async () => {
  const short = join(folder, "100.wav");
  const said = await makeAudio(randomScript({ words: 100, speakers: 3, seed: 5 }), short);
  const survive = async (name: string, how: string) =>
    expectPerfect(said, await convertWithFfmpeg(short, join(folder, name), how));
  await survive("b.mp3", "-ar 44100 -ac 2 -b:a 64k");
  await survive("b.oga", "-c:a libvorbis -q:a 1");
  await survive("b.wav", "-ar 44100 -c:a pcm_s24le");
  await survive("b.mka", "-ar 48000 -c:a libopus -b:a 32k");
});

test("200 words of four speakers survive WAV", () => expectPerfect(truth, wav));

describe.skipIf(!hasFfmpeg)("a cut between packets costs only the word it goes through", () => {
  /** Cuts without decoding, finds where the cut fell from a word in the middle, and compares all that is whole. */
  async function expectCutsToCost(name: string, how: string): Promise<void> {
    const whole = await convertWithFfmpeg(wav, join(folder, name), how);
    for (const from of [10.1, 31.7]) {
      const cut = join(folder, `cut.${name}`);
      await convertWithFfmpeg(whole, cut, `-ss ${from} -t 20 -c copy`);
      const { words, duration } = await listen(cut);
      const anchor = words[Math.floor(words.length / 2)];
      const said = truth.words.find(
        (word) => word.word === anchor?.word && word.start > from && word.start < from + 30,
      );
      if (anchor === undefined || said === undefined) throw new Error("nothing heard of the cut");
      const shift = said.start - anchor.start;
      // Of the first packet after a cut, every codec has only half.
      const uncut = truth.words
        .filter((word) => word.start > shift + PACKET_SECONDS && word.end < shift + duration)
        .map((word) => ({ ...word, start: word.start - shift, end: word.end - shift }));
      const firstStart = uncut[0]?.start ?? 0;
      const comparison = compareWords(
        uncut,
        words.filter((word) => word.start > firstStart - 0.02),
      );
      expect(comparison).toMatchObject(PERFECT);
      expect(comparison.maxTimeErrorSeconds).toBeLessThan(0.02);
    }
  }
  const PACKET_SECONDS = 0.064;

  test("in MP3", () => expectCutsToCost("cut.mp3", "-b:a 64k"));
  test("in AAC", () => expectCutsToCost("cut.m4a", "-c:a aac -b:a 64k"));
  test("in Opus", () => expectCutsToCost("cut.ogg", "-c:a libopus -b:a 24k"));
});

describe("recognise", () => {
  test("reads the sample word by word", async () => {
    const folderOfSample = new URL("../sample/", import.meta.url);
    const script = await readFile(fileURLToPath(new URL("standup.txt", folderOfSample).href), "utf8");
    const said = layOutScript(parseScript(script)).turns.flatMap((turn) => turn.words);
    const recognition = await recognise(fileURLToPath(new URL("standup.mp3", folderOfSample).href));
    expect(recognition).toMatchObject({ container: "mp3", codec: "mp3", heard: "markers" });
    expect(compareWords(said, recognition.words)).toMatchObject(PERFECT);
  });

  test("leaves the asking thread free and works on several at once", async () => {
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 10);
    const [first, second] = await Promise.all([recognise(wav), recognise(wav)]);
    clearInterval(ticking);
    expect(first?.words).toEqual(second?.words);
    expect(first?.words).toHaveLength(200);
    expect(ticks).toBeGreaterThan(5);
  });

  test("says when somebody speaks where there are no markers", async () => {
    const path = join(folder, "plain.wav");
    const samples = Float32Array.from({ length: 5 * 16_000 }, (_, i) =>
      i > 32_000 && i < 48_000 ? 0.3 * Math.sin(i / 8) * Math.sin(i / 900) : 0,
    );
    await writeWav(path, 16_000, samples.length, [samples]);
    const recognition = await recognise(path);
    expect(recognition).toMatchObject({ heard: "activity", words: [], duration: 5 });
    expect(recognition.speech).toEqual([{ start: expect.closeTo(2, 1), end: expect.closeTo(3, 1) }]);
  });

  test("refuses what is not audio with the same error as the decoder", async () => {
    const path = join(folder, "page.wav");
    await writeFile(path, "<html>gone</html>");
    const error = await recognise(path).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UndecodableAudioError);
    expect(error).toMatchObject({ found: "a web page" });
    await expect(recognise(join(folder, "nowhere.wav"))).rejects.toThrow(/ENOENT/);
  });
});
