import { afterAll, describe, expect, test } from "vitest";
import { hasFfmpeg } from "../../dev/marker-speech/convert-with-ffmpeg.ts";
import type { FailureCode } from "../../shared/failure.ts";
import { type Bytes, join } from "../support/audio/bytes.ts";
import {
  cutTo,
  encrypt,
  flip,
  insert,
  junk,
  pictureTag,
  withEmptyBox,
  withoutBox,
} from "../support/audio/damage.ts";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, encode, record, TALK } from "../support/audio/recordings.ts";
import { makeWav, wavHeader } from "../support/audio/wav.ts";
import { expectProblem } from "../support/clients/expect-problem.ts";
import { accepted, sendRaw } from "../support/clients/send-job.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";

/**
 * What tests/pipeline/unusable-recordings.test.ts does not send: each file ends in a documented code, or in a
 * transcript that says no word that is not in what is left of it.
 */
const diarist = await openDiarist({ recognise: createRecogniser() });
afterAll(() => diarist.close());

const talk = await record(TALK);
const wav = await bytesOf(talk);
const WORDS = talk.truth.words.map(({ word }) => word);
/** A call, and one more when the speech API fails on the file. */
const MOST_CALLS = 2;

type Outcome = { code: FailureCode } | { words: string[] };
type Case = [what: string, filename: string, make: () => Bytes | Promise<Bytes>];

async function outcomeOf(bytes: Bytes, filename: string): Promise<Outcome> {
  const before = (await diarist.calls()).length;
  const { id } = await accepted(
    sendRaw(diarist, bytes, { query: `?filename=${filename}`, type: "audio/mpeg" }),
  );
  const job = await diarist.finished(id);
  expect((await diarist.calls()).length - before).toBeLessThanOrEqual(MOST_CALLS);
  if (job.status === "failed") return { code: job.error?.code ?? "internal_error" };
  expect(job.status).toBe("completed");
  const answer = await diarist.call(`/v1/jobs/${id}/transcript`);
  const transcript = (await answer.json()) as { words: { word: string }[] };
  return { words: transcript.words.map(({ word }) => word) };
}

async function made(extension: string, args: string): Promise<Bytes> {
  return bytesOf(await encode(talk, extension, args));
}
const mp3 = () => made("mp3", "-c:a libmp3lame -b:a 64k");
const bareMp3 = () => made("mp3", "-c:a libmp3lame -b:a 64k -write_xing 0 -id3v2_version 0");
const flac = () => made("flac", "-c:a flac");
const m4a = () => made("m4a", "-c:a aac -b:a 64k -movflags +faststart");
const webm = () => made("webm", "-c:a libopus -b:a 32k -cluster_time_limit 1000");
const ogg = () => made("ogg", "-c:a libopus -b:a 32k -page_duration 500000");

/** Every word of `words` is one of the recording, in its order. */
function isPartOf(words: string[], whole: string[]): boolean {
  let at = 0;
  return words.every((word) => {
    at = whole.indexOf(word, at) + 1;
    return at > 0;
  });
}

function lie(at: number, value: number): Bytes {
  const bytes = wav.slice();
  new DataView(bytes.buffer).setUint32(at, value, true);
  return bytes;
}

/** FLAC's STREAMINFO with another number of samples (the lower 32 of its 36 bits). */
function lieAboutSamples(bytes: Bytes, samples: number): Bytes {
  const lying = bytes.slice();
  new DataView(lying.buffer).setUint32(22, samples);
  return lying;
}

/** AMR in frames of 12.2 kbit/s, which say nothing that is anything. */
function amr(): Bytes {
  const frames = Array.from({ length: 100 }, () => [Buffer.from([0x3c]), junk(31)]).flat();
  return join(Buffer.from("#!AMR\n"), ...frames);
}

const ENCRYPTED =
  "-c:a aac -encryption_scheme cenc-aes-ctr -encryption_key 76a6c65c5ea762046bd749a2e632ccbb -encryption_kid a7e61c373e219033c21091fa607bf3b8";
const WITH_VIDEO = "-f lavfi -i color=size=64x64:rate=5:duration=4 -map 0:a -map 1:v -c:v mpeg4 -c:a libopus";

test("a file of no bytes is refused before it is a job", async () => {
  const sent = sendRaw(diarist, new Uint8Array(), { query: "?filename=a.mp3" });
  await expectProblem(sent, 400, "empty_body");
});

describe.skipIf(!hasFfmpeg)("all words are heard", () => {
  const cases: Case[] = [
    ["an MP3 that is called WAV", "a.wav", mp3],
    ["an M4A that is called MP3", "a.mp3", m4a],
    ["a WebM that is called M4A", "a.m4a", webm],
    ["a WAV with a byte in a thousand flipped", "a.wav", () => flip(wav, 997, 0.1, 1)],
    ["an MP3 behind a picture of 1.5 MB", "a.mp3", async () => join(pictureTag(1_500_000), await mp3())],
    [
      "a fragmented M4A",
      "a.m4a",
      () => made("m4a", "-c:a aac -movflags frag_keyframe+empty_moov -frag_duration 1000000"),
    ],
    ["a FLAC that says it is shorter", "a.flac", async () => lieAboutSamples(await flac(), 16_000)],
    ["a FLAC that does not say how long it is", "a.flac", async () => lieAboutSamples(await flac(), 0)],
    ["a WAV of 8 channels", "a.wav", () => made("wav", "-ac 8 -c:a pcm_s16le")],
    ["a WAV of 24 bits", "a.wav", () => made("wav", "-c:a pcm_s24le")],
    ["a WAV of 32-bit floats", "a.wav", () => made("wav", "-c:a pcm_f32le")],
    ["a WAV of 64-bit floats", "a.wav", () => made("wav", "-c:a pcm_f64le")],
    ["Opus beside a video in MKV", "a.mkv", () => made("mkv", WITH_VIDEO)],
  ];
  test.each(cases)("%s", async (_, filename, make) => {
    expect(await outcomeOf(await make(), filename)).toEqual({ words: WORDS });
  });
});

describe.skipIf(!hasFfmpeg)("what is left is heard, and nothing else", () => {
  const cases: [...Case, atLeast: number][] = [
    ["an MP3 with a byte in a thousand flipped", "a.mp3", async () => flip(await mp3(), 997, 0.1, 1), 3],
    ["an M4A whose samples are damaged", "a.m4a", async () => flip(await m4a(), 997, 0.4, 1), 3],
    ["a WebM with a byte in a thousand flipped", "a.webm", async () => flip(await webm(), 997, 0.1, 1), 3],
    ["an Ogg with a byte in a thousand flipped", "a.ogg", async () => flip(await ogg(), 997, 0.1, 1), 3],
    ["a FLAC with broken frames in the middle", "a.flac", async () => flip(await flac(), 9973, 0.4, 0.6), 3],
    ["an MP3 without a header of its length, cut off", "a.mp3", async () => cutTo(await bareMp3(), 0.6), 6],
    [
      "an MP3 with 1 MB of nothing in the middle",
      "a.mp3",
      async () => insert(await bareMp3(), new Uint8Array(1_000_000)),
      10,
    ],
    ["an ADTS cut in a frame", "a.aac", async () => cutTo(await made("aac", "-c:a aac -b:a 64k"), 0.6), 6],
    ["a WAV that says it is shorter", "a.wav", () => lie(40, 64_000), 4],
    ["two MP3 in one", "a.mp3", async () => join(await mp3(), await mp3()), 12],
    [
      "two MP3 in one, without headers of their length",
      "a.mp3",
      async () => join(await bareMp3(), await bareMp3()),
      24,
    ],
  ];
  test.each(cases)("%s", async (_, filename, make, atLeast) => {
    const outcome = await outcomeOf(await make(), filename);
    const words = "words" in outcome ? outcome.words : [outcome.code];
    expect(words.length).toBeGreaterThanOrEqual(atLeast);
    expect(isPartOf(words, [...WORDS, ...WORDS]), words.join(" ")).toBe(true);
  });
});

describe.skipIf(!hasFfmpeg)("nothing is heard where nothing is said", () => {
  const cases: Case[] = [
    ["1 ms", "a.wav", () => join(wavHeader(8), new Uint8Array(8).fill(128))],
    ["silence as WAV", "a.wav", () => new Uint8Array(makeWav(2))],
    ["silence as MP3", "a.mp3", () => made("mp3", "-af volume=0 -c:a libmp3lame")],
  ];
  test.each(cases)("%s", async (_, filename, make) => {
    expect(await outcomeOf(await make(), filename)).toEqual({ words: [] });
  });
});

describe.skipIf(!hasFfmpeg)("a file that cannot be used fails with its code", () => {
  const cases: [...Case, FailureCode][] = [
    ["an encrypted disk's", "a.wav", () => encrypt(wav), "unsupported_format"],
    ["AMR", "a.amr", amr, "unsupported_format"],
    ["ALAC", "a.m4a", () => made("m4a", "-c:a alac"), "unsupported_format"],
    [
      "µ-law that the speech API does not take",
      "a.wav",
      () => made("wav", "-c:a pcm_mulaw"),
      "unsupported_format",
    ],
    ["an M4A under encryption (cenc)", "a.m4p", () => made("m4a", ENCRYPTED), "upload_corrupt"],
    ["an MP3 that is only a tag", "a.mp3", () => pictureTag(5_000), "upload_corrupt"],
    [
      "an MP3 cut off in its tag",
      "a.mp3",
      async () => cutTo(join(pictureTag(1_500_000), await mp3()), 0.5),
      "upload_corrupt",
    ],
    ["an M4A without its index", "a.m4a", async () => withoutBox(await m4a(), "moov"), "upload_corrupt"],
    [
      "an M4A whose samples are gone",
      "a.m4a",
      async () => withEmptyBox(await m4a(), "mdat"),
      "upload_corrupt",
    ],
    [
      "an M4A with a byte in a hundred flipped",
      "a.m4a",
      async () => flip(await m4a(), 101, 0, 1),
      "upload_corrupt",
    ],
    ["an Ogg cut in a page", "a.ogg", async () => cutTo(await ogg(), 0.6), "upload_corrupt"],
    [
      "a FLAC that says it is longer",
      "a.flac",
      async () => lieAboutSamples(await flac(), 10_000_000),
      "upload_corrupt",
    ],
    ["a WebM cut in a cluster", "a.webm", async () => cutTo(await webm(), 0.6), "upload_corrupt"],
    ["a WebM cut off in its header", "a.webm", async () => (await webm()).slice(0, 300), "upload_corrupt"],
    ["an Ogg cut off in its header", "a.ogg", async () => (await ogg()).slice(0, 60), "no_audio_track"],
  ];
  test.each(cases)("%s", async (_, filename, make, code) => {
    expect(await outcomeOf(await make(), filename)).toEqual({ code });
  });
});
