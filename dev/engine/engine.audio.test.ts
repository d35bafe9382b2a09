import { appendFile, cp, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { formantVoice } from "../../tests/support/engine/formant-voice.ts";
import { hasEngine } from "../../tests/support/engine/has-engine.ts";
import { writeToneModel } from "../../tests/support/engine/tone-model.ts";
import { type ToneTurn, toneSpeech } from "../../tests/support/engine/tone-speech.ts";
import { writeFloatWav } from "../../tests/support/engine/write-float-wav.ts";
import { convertWithFfmpeg, hasFfmpeg } from "../marker-speech/convert-with-ffmpeg.ts";
import { writeWav } from "../marker-speech/write-wav.ts";
import { hashFile } from "../models/check-model.ts";
import { MODEL_FILE } from "../models/model.ts";
import { createEngine, type Engine, type EngineOptions } from "./engine.ts";
import type { SpeakerBounds } from "./messages.ts";

const MEETING: ToneTurn[] = [
  [0, "good morning all"],
  [1, "hello there"],
  [0, "ship it today"],
  [2, "yes yes no"],
  [1, "no ship it"],
];
const SAID = MEETING.map(([, text]) => text).join(" ");
const WAITS = new AbortController().signal;

let folder: string;
let model: string;
let meeting: string;
let engine: Engine;
const logged: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "engine-"));
  model = join(folder, "tone");
  await writeToneModel(model);
  meeting = await record("meeting.wav", toneSpeech(MEETING).samples);
  engine = await createEngine({ folder: model, onLog: (line) => logged.push(line) });
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});
afterEach(() => {
  logged.length = 0;
});

async function record(name: string, samples: Float32Array, rate = 16_000): Promise<string> {
  const path = join(folder, name);
  await writeWav(path, rate, samples.length, [samples]);
  return path;
}

function hear(path: string, speakers: SpeakerBounds = null, by = engine) {
  return by.hear(path, { speakers, seconds: 60 }, WAITS);
}

async function open(options: Partial<EngineOptions>): Promise<Engine> {
  const opened = await createEngine({ folder: model, onLog: (line) => logged.push(line), ...options });
  onTestFinished(() => opened.close());
  return opened;
}

function textOf({ words }: { words: { word: string }[] }): string {
  return words.map(({ word }) => word).join(" ");
}

describe.skipIf(!hasEngine)("a recording", () => {
  test("comes back with its words, when they were said and who said them", async () => {
    const { words } = await hear(meeting, { min: 1, max: 8 });
    const said = toneSpeech(MEETING).words;
    expect(textOf({ words })).toBe(SAID);
    expect(words.map(({ speaker }) => Number(speaker))).toEqual(said.map(({ voice }) => voice));
    words.forEach((word, index) => {
      // The recogniser's frames are 80 ms apart.
      expect(Math.abs(word.start - (said[index]?.start ?? 0))).toBeLessThan(0.1);
      expect(word.end).toBeGreaterThan(word.start);
    });
  });

  test("has one speaker where nobody asks for them", async () => {
    expect(new Set((await hear(meeting)).words.map(({ speaker }) => speaker))).toEqual(new Set(["0"]));
  });

  test("has no more speakers than may be", async () => {
    const { words } = await hear(meeting, { min: 1, max: 2 });
    expect(new Set(words.map(({ speaker }) => speaker)).size).toBe(2);
  });

  test("has as many as are known", async () => {
    const { words } = await hear(meeting, { min: 3, max: 3 });
    expect(new Set(words.map(({ speaker }) => speaker)).size).toBe(3);
  });

  test("may have any sample rate", async () => {
    const path = await record("48000.wav", toneSpeech(MEETING, 48_000).samples, 48_000);
    expect(textOf(await hear(path))).toBe(SAID);
  });

  test.skipIf(!hasFfmpeg)("may be compressed and in stereo", async () => {
    const flac = await convertWithFfmpeg(meeting, join(folder, "stereo.flac"), "-ar 44100 -ac 2");
    expect(textOf(await hear(flac))).toBe(SAID);
  });

  test("that never pauses is cut all the same", async () => {
    const drone = Float32Array.from(
      { length: 70 * 16_000 },
      (_, i) => 0.3 * Math.sin((2 * Math.PI * 300 * i) / 16_000),
    );
    const { speech } = await hear(await record("drone.wav", drone));
    expect(speech.length).toBeGreaterThanOrEqual(3);
    expect(Math.max(...speech.map(({ start, end }) => end - start))).toBeLessThan(30);
  });
});

describe.skipIf(!hasEngine)("nothing is heard in", () => {
  test.for([
    ["a recording without a sample", new Float32Array()],
    ["samples that are no numbers", new Float32Array(32_000).fill(Number.NaN)],
    ["a hundred samples", new Float32Array(100)],
    ["twenty minutes of silence", new Float32Array(20 * 60 * 16_000)],
  ] as const)("%s", async ([, samples]) => {
    const path = join(folder, "nothing.wav");
    await writeFloatWav(path, samples);
    const speakers = samples.length > 1e6 ? null : { min: 1, max: 8 };
    expect(await hear(path, speakers)).toEqual({ words: [], speech: [] });
  });

  test("a page that calls itself a recording", async () => {
    const path = join(folder, "page.wav");
    await writeFile(path, "<html>gone</html>");
    await expect(hear(path)).rejects.toMatchObject({ name: "UndecodableAudioError", found: "a web page" });
  });
});

test.skipIf(!hasEngine)("Silero's own network hears where somebody speaks", async () => {
  const folderWithout = join(folder, "silero");
  await writeToneModel(folderWithout);
  await editModel(folderWithout, (text) => text.replace(/,\s*"voice_activity": \{[^}]*\}/, ""));
  const withSilero = await open({ folder: folderWithout });
  const samples = new Float32Array(8 * 16_000);
  samples.set(formantVoice(3), 2 * 16_000);
  const { speech } = await hear(await record("voice.wav", samples), null, withSilero);
  expect(speech).toHaveLength(1);
  expect(speech[0]?.start).toBeCloseTo(2, 0);
  expect(speech[0]?.end).toBeCloseTo(5, 0);
});

describe.skipIf(!hasEngine)("one at a time", () => {
  test("a second recording is told to come again, and is heard then", async () => {
    const first = hear(meeting);
    await expect(hear(meeting)).rejects.toMatchObject({
      name: "EngineBusyError",
      retryAfterSeconds: expect.any(Number),
    });
    expect(textOf(await first)).toBe(SAID);
    expect(textOf(await hear(meeting))).toBe(SAID);
  });

  test("a client that hangs up frees the engine", async () => {
    const gone = new AbortController();
    const asked = { speakers: null, seconds: 60 };
    const long = await record(
      "hangs-up.wav",
      toneSpeech(Array.from({ length: 9 }, () => MEETING).flat()).samples,
    );
    const heard = engine.hear(long, asked, gone.signal);
    gone.abort(new Error("gone"));
    await expect(heard).rejects.toThrow("gone");
    await expect.poll(() => hear(meeting).then(textOf, ({ name }) => name)).toBe(SAID);
    expect(logged).toEqual([]);
  });
});

describe.skipIf(!hasEngine)("a process that", () => {
  test("is killed over a recording is one failed call: the next gets another", async () => {
    await engine.start();
    const pid = engine.pid() ?? 0;
    const heard = hear(meeting);
    process.kill(pid, "SIGKILL");
    await expect(heard).rejects.toMatchObject({ name: "EngineFailedError" });
    expect(logged.join()).toContain("SIGKILL");
    expect(textOf(await hear(meeting))).toBe(SAID);
    expect(engine.pid()).not.toBe(pid);
  });

  test("says nothing for too long is ended, and the next recording is heard", async () => {
    await engine.start();
    const impatient = await open({ silenceMs: 100 });
    await impatient.start();
    process.kill(impatient.pid() ?? 0, "SIGSTOP");
    await expect(hear(meeting, null, impatient)).rejects.toMatchObject({ name: "EngineFailedError" });
  });
});

test.skipIf(!hasEngine)(
  "an answer that would take too long is refused as soon as that is seen, and then at once",
  async () => {
    let looks = 0;
    // On this clock, each look is half a minute after the last: this machine is slow.
    const lookAtClock = () => {
      looks += 1;
      return looks * 30_000;
    };
    const slow = await open({ longestAnswerSeconds: 60, now: lookAtClock });
    const long = await record(
      "slow.wav",
      toneSpeech(Array.from({ length: 9 }, () => MEETING).flat()).samples,
    );
    const asked = { speakers: null, seconds: 70 };
    await expect(slow.hear(long, asked, WAITS)).rejects.toMatchObject({ name: "TooLongToHearError" });
    await expect
      .poll(() => slow.hear(long, asked, WAITS).catch(({ name }) => name))
      .toBe("TooLongToHearError");
  },
);

describe("a model is not loaded", () => {
  async function refusal(spoil: (folder: string) => Promise<void>): Promise<string> {
    const spoilt = join(folder, "spoilt");
    await cp(model, spoilt, { recursive: true });
    onTestFinished(() => rm(spoilt, { recursive: true, force: true }));
    await spoil(spoilt);
    const engine = await open({ folder: spoilt });
    return engine.start().then(
      () => "loaded",
      (error: Error) => `${error.name}: ${error.message}`,
    );
  }

  test("when a file was changed", async () => {
    const message = await refusal(async (at) => {
      const bytes = await readFile(join(at, "model.onnx"));
      bytes[500] = (bytes[500] ?? 0) ^ 1;
      await writeFile(join(at, "model.onnx"), bytes);
    });
    expect(message).toMatch(/EngineUnusableError: .*model.onnx is not the file it should be .*get it again/);
  });

  test("when a file was cut short, or is missing", async () => {
    expect(await refusal((at) => truncate(join(at, "model.onnx"), 1000))).toMatch(/has 1000 bytes and not/);
    expect(await refusal((at) => rm(join(at, "tokens.txt")))).toMatch(/tokens.txt is missing/);
  });

  test("when nothing says what it should be", async () => {
    expect(await createEngine({ folder }).catch(({ message }) => message)).toMatch(
      /model.json cannot be read/,
    );
  });

  test.skipIf(!hasEngine).for(["embedding.onnx", "tokens.txt"])(
    "when it is of another kind, though its hash is right: %s as the recogniser",
    async (file) => {
      const message = await refusal(async (at) => {
        await cp(join(at, file), join(at, "model.onnx"));
        await sign(at, "model.onnx");
      });
      expect(message).toMatch(/EngineUnusableError: The model in .* does not load/);
    },
  );

  test.skipIf(!hasEngine)("when it was cut short by who wrote its hash", async () => {
    const message = await refusal(async (at) => {
      await truncate(join(at, "model.onnx"), 2000);
      await sign(at, "model.onnx");
    });
    expect(message).toMatch(/EngineUnusableError: The model in .* does not load/);
  });

  test("when its file is named outside of its folder", async () => {
    const outside = join(folder, "outside");
    await writeToneModel(outside);
    await editModel(outside, (text) => text.replace('"tokens.txt"', '"../tone/tokens.txt"'));
    await expect(createEngine({ folder: outside })).rejects.toThrow(
      "must be a file's name, without a folder",
    );
  });
});

async function editModel(at: string, change: (text: string) => string): Promise<void> {
  const path = join(at, MODEL_FILE);
  await writeFile(path, change(await readFile(path, "utf8")));
}

/** Writes the hash and length that a file has now where the model says what it should be. */
async function sign(at: string, file: string): Promise<void> {
  await appendFile(join(at, file), "");
  const bytes = (await readFile(join(at, file))).length;
  const sha256 = await hashFile(join(at, file));
  await editModel(at, (text) =>
    text.replace(
      new RegExp(`"file": "${file}",\\s*"bytes": \\d+,\\s*"sha256": "[0-9a-f]+"`),
      `"file": "${file}", "bytes": ${bytes}, "sha256": "${sha256}"`,
    ),
  );
}
