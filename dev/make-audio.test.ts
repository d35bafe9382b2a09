import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test, vi } from "vitest";
import { makeAudio, type Truth } from "./make-audio.ts";
import { wavHeader } from "./marker-speech/write-wav.ts";
import { listen } from "./recognise/listen.ts";

// A busy machine is no reason to fail.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const SCRIPT = "A: good morning everybody\npause 1\nB: hello Zürich\n@8 A: bye\n";

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "make-audio-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** Runs the command line; never throws, so a test can look at a failure. */
async function runMakeAudio(args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const path = fileURLToPath(new URL("./make-audio.ts", import.meta.url).href);
  return promisify(execFile)(process.execPath, [path, ...args]).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

test("the truth beside the recording is what the recording says", async () => {
  const out = join(await makeFolder(), "talk.wav");
  const truth = await makeAudio(SCRIPT, out);
  expect(truth.words.map(({ word, speaker }) => `${speaker} ${word}`)).toEqual([
    "A good",
    "A morning",
    "A everybody",
    "B hello",
    "B Zürich",
    "A bye",
  ]);
  expect(truth.words.at(-1)?.start).toBe(8);
  expect(JSON.parse(await readFile(out.replace(".wav", ".truth.json"), "utf8"))).toEqual(truth);
  const heard = await listen(out);
  expect(heard.words.map(({ word }) => word)).toEqual(truth.words.map(({ word }) => word));
  expect(heard.duration).toBeCloseTo(truth.duration, 3);
});

test("the same script makes the same bytes", async () => {
  const folder = await makeFolder();
  await makeAudio(SCRIPT, join(folder, "a.wav"));
  await makeAudio(SCRIPT, join(folder, "b.wav"));
  expect(await readFile(join(folder, "a.wav"))).toEqual(await readFile(join(folder, "b.wav")));
});

test("a rate that cannot hold the markers is refused, the lowest that can is taken", async () => {
  const out = join(await makeFolder(), "talk.wav");
  await expect(makeAudio(SCRIPT, out, { rate: 15_999 })).rejects.toThrow(/at least 16000 Hz, not 15999/);
  await expect(makeAudio(SCRIPT, out, { rate: 8_000 })).rejects.toThrow(RangeError);
  await makeAudio(SCRIPT, out, { rate: 16_000 });
});

test("a refused script leaves no file behind", async () => {
  const out = join(await makeFolder(), "talk.wav");
  await expect(makeAudio("A: hello there\n@0.4 B: me too", out)).rejects.toThrow(/^line 2: /);
  await expect(stat(out)).rejects.toThrow(/ENOENT/);
});

test("a header of more than 4 GiB is RF64 with the true length", () => {
  const limit = Math.floor((0xffffffff - 44) / 2);
  expect(Buffer.from(wavHeader(16_000, limit)).toString("latin1", 0, 4)).toBe("RIFF");
  const long = Buffer.from(wavHeader(16_000, limit + 1));
  expect(long.toString("latin1", 0, 4)).toBe("RF64");
  expect(long.readUInt32LE(4)).toBe(0xffffffff);
  expect(long.readBigUInt64LE(28)).toBe(BigInt((limit + 1) * 2));
});

test("the command line writes both files and says so", async () => {
  const folder = await makeFolder();
  await writeFile(join(folder, "talk.txt"), SCRIPT);
  const { code, stdout } = await runMakeAudio([
    join(folder, "talk.txt"),
    join(folder, "talk.wav"),
    "--rate",
    "48000",
  ]);
  expect(code).toBe(0);
  expect(stdout).toContain("6 words");
  const truth: Truth = JSON.parse(await readFile(join(folder, "talk.truth.json"), "utf8"));
  expect((await listen(join(folder, "talk.wav"))).words).toHaveLength(truth.words.length);
});

test("the command line names the script and the line that is wrong", async () => {
  const folder = await makeFolder();
  const script = join(folder, "talk.txt");
  await writeFile(script, "A: fine\nnonsense\n");
  const { code, stderr } = await runMakeAudio([script, join(folder, "talk.wav")]);
  expect(code).toBe(1);
  expect(stderr).toBe(
    `${script}: line 2: "nonsense" is neither "A: words", "@12.5 A: words", "pause 3" nor a # comment\n`,
  );
});

test("a voice under the markers leaves every word readable", async ({ skip }) => {
  const out = join(await makeFolder(), "talk.wav");
  const warnings: string[] = [];
  const truth = await makeAudio(SCRIPT, out, { voice: true, warn: (message) => warnings.push(message) });
  expect((await listen(out)).words.map(({ word }) => word)).toEqual(truth.words.map(({ word }) => word));
  if (warnings.length > 0) {
    console.warn(`skipped the voice itself: ${warnings[0]}`);
    skip();
  }
});
