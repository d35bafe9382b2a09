import { randomBytes } from "node:crypto";
import { afterAll, describe, expect, test } from "vitest";
import { hasFfmpeg } from "../../dev/marker-speech/convert-with-ffmpeg.ts";
import type { FailureCode } from "../../shared/failure.ts";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, encode, record, TALK } from "../support/audio/recordings.ts";
import { accepted, sendRaw, textBytes } from "../support/clients/send-job.ts";
import { findTraces } from "../support/stack/inventory.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const talk = await record(TALK);
const wav = await bytesOf(talk);

const diarist = await openDiarist({ recognise: createRecogniser() });
afterAll(() => diarist.close());

/** The job of this file fails with this code, before the speech API is asked. Tells the error's message. */
async function expectFailure(bytes: Bytes, code: FailureCode, name = "talk.wav"): Promise<string> {
  const calls = (await diarist.calls()).length;
  const { id } = await accepted(sendRaw(diarist, bytes, { query: `?filename=${name}`, type: "audio/mpeg" }));
  const job = await diarist.finished(id);
  expect(job).toMatchObject({ status: "failed", result: null, error: { code } });
  expect(job.error).toEqual({
    code,
    message: expect.stringMatching(/\w/),
    action: expect.stringMatching(/\w/),
    retryable: false,
    upstream_id: null,
  });
  expect(await diarist.calls()).toHaveLength(calls);
  return job.error?.message ?? "";
}

/** The recording with some bytes of its header changed. */
function lie(change: (header: DataView) => void): Bytes {
  const bytes = wav.slice();
  change(new DataView(bytes.buffer));
  return bytes;
}

/** The recording with a chunk of this many bytes between its description and its samples. */
function withChunk(bytes: Bytes, id: string, size: number): Bytes {
  const chunk = new Uint8Array(8 + size + (size % 2));
  chunk.set(textBytes(id));
  new DataView(chunk.buffer).setUint32(4, size, true);
  return new Uint8Array(Buffer.concat([bytes.subarray(0, 36), chunk, bytes.subarray(36)]));
}

function firstHalf(bytes: Bytes): Bytes {
  return bytes.slice(0, Math.floor(bytes.length / 2));
}

describe("a file that is no audio fails as unsupported_format, even if its name and type say that it is", () => {
  test("text", async () => {
    expect(
      await expectFailure(textBytes("This is a song, in words. ".repeat(40)), "unsupported_format"),
    ).toContain("plain text");
    await expectFailure(textBytes("x"), "unsupported_format", "x.mp3");
    await expectFailure(textBytes("Grüße aus Köln\n"), "unsupported_format", "hallo.mp3");
  });

  test("a web page, JSON, a document, a picture, an archive", async () => {
    const page = textBytes("<!doctype html>\n<title>Sign in</title>");
    expect(await expectFailure(page, "unsupported_format", "talk.mp3")).toContain("HTML");
    expect(await expectFailure(textBytes('{"error":"expired"}'), "unsupported_format")).toContain("JSON");
    expect(await expectFailure(textBytes("%PDF-1.7\n%\u00e2\u00e3"), "unsupported_format")).toContain("PDF");
    const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13]);
    expect(await expectFailure(png, "unsupported_format")).toContain("picture");
    const zip = new Uint8Array([0x50, 0x4b, 3, 4, 20, 0, 0, 0]);
    expect(await expectFailure(zip, "unsupported_format")).toContain("ZIP");
  });

  test("bytes without any order, or all the same", async () => {
    await expectFailure(new Uint8Array(randomBytes(300_000)), "unsupported_format", "noise.mp3");
    await expectFailure(new Uint8Array(randomBytes(1_000)), "unsupported_format", "noise.m4a");
    await expectFailure(new Uint8Array(randomBytes(1)), "unsupported_format", "noise.ogg");
    await expectFailure(new Uint8Array(200_000), "unsupported_format", "zeros.wav");
    await expectFailure(new Uint8Array(200_000).fill(0xff), "unsupported_format", "ones.mp3");
  });

  test.skipIf(!hasFfmpeg)("audio of a kind that cannot be sent", async () => {
    const aiff = await encode(talk, "aiff", "-c:a pcm_s16be");
    expect(await expectFailure(await bytesOf(aiff), "unsupported_format")).toContain("AIFF");
    const adpcm = await encode(talk, "wav", "-c:a adpcm_ms");
    expect(await expectFailure(await bytesOf(adpcm), "unsupported_format")).toContain("codec");
  });
});

describe("a WAV whose header lies fails as upload_corrupt", () => {
  test("because it promises more samples than there are", async () => {
    expect(
      await expectFailure(
        lie((header) => header.setUint32(40, wav.length, true)),
        "upload_corrupt",
      ),
    ).toContain("cut off");
    await expectFailure(
      lie((header) => header.setUint32(40, 0x7ffffffe, true)),
      "upload_corrupt",
    );
    await expectFailure(firstHalf(wav), "upload_corrupt");
    await expectFailure(wav.slice(0, -2), "upload_corrupt");
  });

  test("because it has no samples", async () => {
    await expectFailure(wav.slice(0, 44), "upload_corrupt");
    await expectFailure(wav.slice(0, 40), "upload_corrupt");
    await expectFailure(wav.slice(0, 20), "upload_corrupt");
    const empty = lie((header) => header.setUint32(40, 0, true)).slice(0, 44);
    await expectFailure(empty, "upload_corrupt");
    const streamed = lie((header) => header.setUint32(40, 0xffffffff, true)).slice(0, 44);
    await expectFailure(streamed, "upload_corrupt");
  });

  test("because its format cannot be", async () => {
    await expectFailure(
      lie((header) => header.setUint16(22, 0, true)),
      "upload_corrupt",
    );
    await expectFailure(
      lie((header) => header.setUint16(22, 2, true)),
      "upload_corrupt",
    );
    await expectFailure(
      lie((header) => header.setUint32(24, 0, true)),
      "upload_corrupt",
    );
    await expectFailure(
      lie((header) => header.setUint16(32, 0, true)),
      "upload_corrupt",
    );
    await expectFailure(
      lie((header) => header.setUint16(34, 24, true)),
      "upload_corrupt",
    );
  });

  test("because a chunk is missing, or does not end", async () => {
    await expectFailure(
      lie((header) => header.setUint32(12, 0x6a756e6b)),
      "upload_corrupt",
    );
    await expectFailure(
      lie((header) => header.setUint32(36, 0x6a756e6b)),
      "upload_corrupt",
    );
    await expectFailure(
      lie((header) => header.setUint32(16, 0xfffffff0, true)),
      "upload_corrupt",
    );
  });
});

test("a WAV whose header is merely careless is transcribed", async () => {
  const careless = [
    lie((header) => header.setUint32(4, 0, true)), // the length of the whole file
    lie((header) => header.setUint32(28, 1, true)), // bytes per second
    lie((header) => header.setUint32(40, 0, true)), // streamed: no length of the samples
    lie((header) => header.setUint32(40, 0xffffffff, true)), // streamed, the other way to say it
    withChunk(wav, "LIST", 100_001), // a picture before the samples, of odd length
  ];
  for (const bytes of careless) {
    const { id } = await accepted(sendRaw(diarist, bytes));
    const job = await diarist.finished(id);
    expect(job).toMatchObject({ status: "completed", result: { words: talk.truth.words.length } });
    expect(job.audio.duration).toBeCloseTo(talk.truth.duration, 3);
  }
});

describe.skipIf(!hasFfmpeg)("a file that was cut off fails as upload_corrupt", () => {
  test("MP3 whose first frame tells its length", async () => {
    const mp3 = await bytesOf(await encode(talk, "mp3", "-c:a libmp3lame -b:a 64k"));
    expect(await expectFailure(firstHalf(mp3), "upload_corrupt")).toContain("cut off");
    await expectFailure(mp3.slice(0, Math.floor(mp3.length * 0.95)), "upload_corrupt");
    const variable = await bytesOf(await encode(talk, "mp3", "-c:a libmp3lame -q:a 4"));
    await expectFailure(firstHalf(variable), "upload_corrupt");
  });

  test("MP3 with a large picture in front", async () => {
    const picture =
      "-f lavfi -i nullsrc=size=300x300:rate=1:duration=1,geq=random(1)*255:128:128 -map 0:a -map 1:v -frames:v 1 -c:v png";
    const tagged = await encode(
      talk,
      "mp3",
      `${picture} -disposition:v attached_pic -c:a libmp3lame -b:a 64k`,
    );
    const mp3 = await bytesOf(tagged);
    expect(mp3.length).toBeGreaterThan(150_000);
    await expectFailure(mp3.slice(0, mp3.length - 20_000), "upload_corrupt");
  });

  test("M4A with its index in front", async () => {
    const m4a = await bytesOf(await encode(talk, "m4a", "-c:a aac -b:a 64k -movflags +faststart"));
    await expectFailure(firstHalf(m4a), "upload_corrupt");
    await expectFailure(m4a.slice(0, Math.floor(m4a.length * 0.95)), "upload_corrupt");
    await expectFailure(m4a.slice(0, 300), "upload_corrupt");
  });

  test("M4A with its index at the end", async () => {
    const m4a = await bytesOf(await encode(talk, "m4a", "-c:a aac -b:a 64k"));
    await expectFailure(firstHalf(m4a), "upload_corrupt");
    await expectFailure(m4a.slice(0, m4a.length - 100), "upload_corrupt");
  });

  test("FLAC", async () => {
    await expectFailure(firstHalf(await bytesOf(await encode(talk, "flac", "-c:a flac"))), "upload_corrupt");
  });
});

test.skipIf(!hasFfmpeg)("a video without sound fails as no_audio_track", async () => {
  const silent = "-f lavfi -i color=size=64x64:rate=5:duration=2 -map 1:v -c:v";
  await expectFailure(await bytesOf(await encode(talk, "mp4", `${silent} mpeg4`)), "no_audio_track", "a.mp4");
  await expectFailure(await bytesOf(await encode(talk, "mov", `${silent} mpeg4`)), "no_audio_track", "a.mov");
  await expectFailure(await bytesOf(await encode(talk, "mkv", `${silent} mpeg4`)), "no_audio_track", "a.mkv");
  await expectFailure(
    await bytesOf(await encode(talk, "webm", `${silent} libvpx`)),
    "no_audio_track",
    "a.webm",
  );
});

test("of a failed job nothing stays once it is deleted but the receipt and the note to look again", async () => {
  const { id } = await accepted(sendRaw(diarist, textBytes("no audio"), { query: "?tags=a" }));
  await diarist.finished(id);
  expect((await findTraces(diarist, id)).objects).toEqual([`audio/local/${id}/source.wav`]);
  expect((await diarist.call(`/v1/jobs/${id}`, { method: "DELETE" })).status).toBe(204);
  const { objects, rows } = await findTraces(diarist, id);
  expect({ objects, tables: Object.keys(rows).sort() }).toEqual({
    objects: [],
    tables: ["events", "purges"],
  });
});
