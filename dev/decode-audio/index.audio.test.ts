import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { convertWithFfmpeg, hasFfmpeg } from "../marker-speech/convert-with-ffmpeg.ts";
import { wavHeader } from "../marker-speech/write-wav.ts";
import { decodeAudio, UndecodableAudioError } from "./index.ts";

// A busy machine is no reason to fail.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const SAMPLE_MP3 = fileURLToPath(new URL("../sample/standup.mp3", import.meta.url).href);
const SECONDS = 3;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "decode-audio-"));
});

afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, ...parts: (Uint8Array | string)[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, Buffer.concat(parts.map((part) => Buffer.from(part))));
  return path;
}

/** Silence but for a click of one tenth of a second that begins after one second. */
function click(sampleRate = 16_000): Float32Array {
  return Float32Array.from({ length: SECONDS * sampleRate }, (_, i) =>
    i >= sampleRate && i < 1.1 * sampleRate ? 0.5 * Math.sin((2 * Math.PI * 1000 * i) / sampleRate) : 0,
  );
}

function toInt16(samples: Float32Array): Buffer {
  const bytes = Buffer.alloc(samples.length * 2);
  samples.forEach((sample, i) => {
    bytes.writeInt16LE(Math.round(sample * 32_767), 2 * i);
  });
  return bytes;
}

async function writeClick(name: string, sampleRate = 16_000): Promise<string> {
  const samples = click(sampleRate);
  return write(name, wavHeader(sampleRate, samples.length), toInt16(samples));
}

type Heard = { container: string; codec: string; sampleRate: number; seconds: number; clickAt: number };

async function hear(path: string): Promise<Heard> {
  const { container, codec, sampleRate, chunks } = await decodeAudio(path);
  let samples = 0;
  let clickAt = -1;
  for await (const chunk of chunks) {
    const at = chunk.findIndex((sample) => Math.abs(sample) > 0.15);
    if (clickAt < 0 && at >= 0) clickAt = (samples + at) / sampleRate;
    samples += chunk.length;
  }
  return { container, codec, sampleRate, seconds: samples / sampleRate, clickAt };
}

/** A WAV whose format chunk says what the test wants. */
function wavWith(
  formatTag: number,
  bits: number,
  channels: number,
  body: Uint8Array,
  extension = Buffer.alloc(0),
) {
  const format = Buffer.alloc(16);
  format.writeUInt16LE(formatTag, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(16_000, 4);
  format.writeUInt32LE((16_000 * channels * bits) / 8, 8);
  format.writeUInt16LE((channels * bits) / 8, 12);
  format.writeUInt16LE(bits, 14);
  const chunk = (name: string, data: Uint8Array) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(data.length);
    return Buffer.concat([Buffer.from(name), size, data]);
  };
  const chunks = Buffer.concat([chunk("fmt ", Buffer.concat([format, extension])), chunk("data", body)]);
  return Buffer.concat([Buffer.from("RIFF\0\0\0\0WAVE"), chunks]);
}

async function readAll(path: string): Promise<number[]> {
  const all: number[] = [];
  for await (const chunk of (await decodeAudio(path)).chunks) all.push(...chunk);
  return all;
}

describe("WAV", () => {
  test("16-bit samples come out where they were put", async () => {
    const heard = await hear(await writeClick("plain.wav"));
    expect(heard).toMatchObject({
      container: "wav",
      codec: "pcm_s16le",
      sampleRate: 16_000,
      seconds: SECONDS,
    });
    expect(heard.clickAt).toBeCloseTo(1, 2);
  });

  test("8, 24 and 32 bits, floats of 32 and 64 bits", async () => {
    const int24 = Uint8Array.of(0, 0, 64, 0, 0, 192);
    expect(await readAll(await write("8.wav", wavWith(1, 8, 1, Uint8Array.of(192, 64, 128))))).toEqual([
      0.5, -0.5, 0,
    ]);
    expect(await readAll(await write("24.wav", wavWith(1, 24, 1, int24)))).toEqual([0.5, -0.5]);
    const int32 = new Uint8Array(Int32Array.of(2 ** 30, -(2 ** 30)).buffer);
    expect(await readAll(await write("32.wav", wavWith(1, 32, 1, int32)))).toEqual([0.5, -0.5]);
    const float32 = new Uint8Array(Float32Array.of(0.25, -1).buffer);
    expect(await readAll(await write("f32.wav", wavWith(3, 32, 1, float32)))).toEqual([0.25, -1]);
    const float64 = new Uint8Array(Float64Array.of(0.25, -1).buffer);
    expect(await readAll(await write("f64.wav", wavWith(3, 64, 1, float64)))).toEqual([0.25, -1]);
  });

  test("channels are mixed to one", async () => {
    const stereo = new Uint8Array(Int16Array.of(16_384, 0, -16_384, -16_384).buffer);
    expect(await readAll(await write("stereo.wav", wavWith(1, 16, 2, stereo)))).toEqual([0.25, -0.5]);
  });

  test("an extensible format says in its GUID what it is", async () => {
    const extension = Buffer.alloc(24);
    extension.writeUInt16LE(22, 0);
    extension.writeUInt16LE(3, 8);
    const float32 = new Uint8Array(Float32Array.of(0.25).buffer);
    expect(await readAll(await write("extensible.wav", wavWith(0xfffe, 32, 1, float32, extension)))).toEqual([
      0.25,
    ]);
  });

  test("RF64 takes its length from ds64", async () => {
    const header = Buffer.from(wavHeader(16_000, 3_000_000_000));
    header.writeBigUInt64LE(4n, 28);
    const path = await write("rf64.wav", header, Buffer.alloc(4), Buffer.from("LIST after the samples"));
    expect(await readAll(path)).toEqual([0, 0]);
  });

  test("a length of nothing or of 4 GiB means to the end of the file, and so does one too long", async () => {
    const body = Buffer.alloc(8);
    for (const claimed of [0, 0xffffffff, 1000]) {
      const wav = wavWith(1, 16, 1, body);
      wav.writeUInt32LE(claimed, wav.length - body.length - 4);
      expect(await readAll(await write("length.wav", wav))).toHaveLength(4);
    }
  });

  test("the name of a file means nothing", async () => {
    expect(await hear(await writeClick("picture.png"))).toMatchObject({ container: "wav" });
  });
});

describe("what cannot be decoded", () => {
  const expectFound = async (path: string, found: string) => {
    const error = await decodeAudio(path).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UndecodableAudioError);
    expect(error).toMatchObject({ found });
  };

  test("says what was found instead", async () => {
    await expectFound(await write("empty.wav"), "an empty file");
    await expectFound(await write("page.mp3", "<html><body>Not found</body></html>"), "a web page");
    await expectFound(await write("error.mp3", '{"error":"expired"}'), "JSON or text");
    await expectFound(await write("book.mp3", "%PDF-1.7 and so on, for a while"), "a PDF");
    await expectFound(
      await write("noise.mp3", Buffer.alloc(5000, "\x01\x02")),
      "bytes that begin 0102010201020102",
    );
    await expectFound(await write("no-data.wav", "RIFF\0\0\0\0WAVE"), "WAV without samples");
    await expectFound(
      await write("phone.wav", wavWith(6, 8, 1, Buffer.alloc(8))),
      "WAV with A-law instead of PCM",
    );
  });

  test.skipIf(!hasFfmpeg)("an mp4 whose end is missing with its index inside is not audio", async () => {
    const whole = await readFile(await convertWithFfmpeg(SAMPLE_MP3, join(folder, "whole.m4a"), "-c:a aac"));
    await expectFound(
      await write("half.m4a", whole.subarray(0, whole.length / 2)),
      "mp4 without an audio track",
    );
  });
});

describe.skipIf(!hasFfmpeg)("compressed formats keep their times", () => {
  async function hearAs(name: string, how: string, sampleRate = 16_000): Promise<Heard> {
    const wav = await writeClick(`${name}.source.wav`, sampleRate);
    return hear(await convertWithFfmpeg(wav, join(folder, name), how));
  }
  const near = (seconds: number) => expect.closeTo(seconds, 1);

  test("mp3, by its LAME delay", async () => {
    const heard = await hearAs("a.mp3", "-b:a 64k");
    expect(heard).toMatchObject({ container: "mp3", codec: "mp3", sampleRate: 16_000, seconds: near(3) });
    expect(Math.abs(heard.clickAt - 1)).toBeLessThan(0.02);
  });

  test("aac in mp4, by its edit list", async () => {
    const heard = await hearAs("a.m4a", "-c:a aac -b:a 64k");
    expect(heard).toMatchObject({ container: "mp4", codec: "aac", sampleRate: 16_000, seconds: near(3) });
    expect(Math.abs(heard.clickAt - 1)).toBeLessThan(0.02);
  });

  test("aac in ADTS tells nothing of its priming: one frame late", async () => {
    const heard = await hearAs("a.aac", "-c:a aac -b:a 64k", 48_000);
    expect(heard).toMatchObject({ container: "aac", codec: "aac", sampleRate: 48_000, seconds: near(3) });
    expect(Math.abs(heard.clickAt - 1 - 1024 / 48_000)).toBeLessThan(0.005);
  });

  test("opus in ogg, by its pre-skip", async () => {
    const heard = await hearAs("a.ogg", "-c:a libopus -b:a 24k");
    expect(heard).toMatchObject({ container: "ogg", codec: "opus", sampleRate: 16_000, seconds: near(3) });
    expect(Math.abs(heard.clickAt - 1)).toBeLessThan(0.02);
  });

  test("opus in webm, by its pre-skip", async () => {
    const heard = await hearAs("a.webm", "-c:a libopus -b:a 24k", 48_000);
    expect(heard).toMatchObject({ container: "webm", codec: "opus", sampleRate: 16_000, seconds: near(3) });
    expect(Math.abs(heard.clickAt - 1)).toBeLessThan(0.02);
  });

  test("flac", async () => {
    const heard = await hearAs("a.flac", "");
    expect(heard).toMatchObject({ container: "flac", codec: "flac", sampleRate: 16_000, seconds: 3 });
    expect(heard.clickAt).toBeCloseTo(1, 2);
  });

  test("vorbis in ogg", async () => {
    const heard = await hearAs("a.oga", "-c:a libvorbis -q:a 3");
    expect(heard).toMatchObject({ container: "ogg", codec: "vorbis", sampleRate: 16_000, seconds: near(3) });
    expect(Math.abs(heard.clickAt - 1)).toBeLessThan(0.02);
  });

  test("a film's sound in mov, plain samples included", async () => {
    expect(await hearAs("a.mov", "-c:a pcm_s16le")).toMatchObject({
      container: "mov",
      codec: "pcm-s16",
      seconds: 3,
    });
  });
});

test("an mp3 cut short gives what is there", async () => {
  const whole = await readFile(SAMPLE_MP3);
  const heard = await hear(await write("half.mp3", whole.subarray(0, whole.length / 2)));
  expect(heard.seconds).toBeGreaterThan(20);
  expect(heard.seconds).toBeLessThan(25);
});

test("a reader may stop early", async () => {
  const { chunks } = await decodeAudio(SAMPLE_MP3);
  for await (const chunk of chunks) {
    expect(chunk.length).toBeGreaterThan(0);
    break;
  }
});
