import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { readMp3Trim } from "./read-mp3-trim.ts";

const SAMPLE = fileURLToPath(new URL("../sample/standup.mp3", import.meta.url).href);

test("the LAME tag tells the encoder's delay and the true length", async () => {
  const { skip, total } = await readMp3Trim(SAMPLE);
  expect(skip).toBe(576 + 529);
  expect((total ?? 0) / 16_000).toBeCloseTo(47.91, 2);
});

test("an MP3 without the tag is not trimmed", async () => {
  const whole = await readFile(SAMPLE);
  const secondFrame = whole.indexOf(Buffer.of(0xff, 0xf3), 0x30);
  const folder = await mkdtemp(join(tmpdir(), "mp3-trim-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "bare.mp3");
  await writeFile(path, whole.subarray(secondFrame));
  expect(await readMp3Trim(path)).toEqual({ skip: 0, total: null });
  await writeFile(path, "ID3");
  expect(await readMp3Trim(path)).toEqual({ skip: 0, total: null });
});
