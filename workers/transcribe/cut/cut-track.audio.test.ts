import { describe, expect, test } from "vitest";
import { hasFfmpeg } from "../../../dev/marker-speech/convert-with-ffmpeg.ts";
import { join } from "../../../tests/support/audio/bytes.ts";
import { cutAndCompare, expectRightParts, makeSound } from "../../../tests/support/audio/cut-and-compare.ts";
import { CannotCut } from "./cannot-cut.ts";

const OPUS = "-c:a libopus -b:a 48k";
const VORBIS = "-c:a libvorbis -q:a 3";
const AAC = "-c:a aac -b:a 96k";

/** 80 ms of run-up bring the decoder close to where it was, not quite there. */
const OPUS_FRAME = { frameMs: 21, likenessAtStart: 0.99 };
const AAC_FRAME = { frameMs: 22 };
/** Of the two kinds of blocks the longer; in Matroska times are rounded to a millisecond. */
const VORBIS_FRAME = { frameMs: 22 };
const MATROSKA = { roundedMs: 1.1 };

describe.skipIf(!hasFfmpeg)("every part of a track decodes to the same stretch of it", () => {
  test("Opus in Ogg", async () => {
    const cut = await cutAndCompare(makeSound("ogg", OPUS), "ogg");
    expect(cut.plan.target).toBe("ogg");
    expectRightParts(cut, OPUS_FRAME);
  });

  test("Vorbis in Ogg", async () => {
    expectRightParts(await cutAndCompare(makeSound("ogg", VORBIS), "ogg"), VORBIS_FRAME);
  });

  test("AAC in M4A with the index at the end, in front, and in fragments", async () => {
    expectRightParts(await cutAndCompare(makeSound("m4a", AAC), "m4a"), AAC_FRAME);
    expectRightParts(await cutAndCompare(makeSound("m4a", `${AAC} -movflags +faststart`), "m4a"), AAC_FRAME);
    const fragmented = makeSound("m4a", `${AAC} -movflags +frag_keyframe+empty_moov`);
    expectRightParts(await cutAndCompare(fragmented, "m4a"), AAC_FRAME);
  });

  test("Opus in WebM", async () => {
    const cut = await cutAndCompare(makeSound("webm", OPUS), "webm", MATROSKA);
    expect(cut.plan.target).toBe("ogg");
    expectRightParts(cut, OPUS_FRAME);
  });

  test("Opus in WebM of unknown length, as recorders in browsers write it", async () => {
    const live = await cutAndCompare(makeSound("webm", `${OPUS} -live 1`), "webm", MATROSKA);
    expectRightParts(live, OPUS_FRAME);
    const piped = await cutAndCompare(makeSound("webm", `${OPUS} -seekable 0`), "webm", MATROSKA);
    expectRightParts(piped, OPUS_FRAME);
  });

  test("Vorbis in WebM", async () => {
    expectRightParts(await cutAndCompare(makeSound("webm", VORBIS), "webm", MATROSKA), VORBIS_FRAME);
  });
});

describe.skipIf(!hasFfmpeg)("every part of a video is the same stretch of its sound", () => {
  test("AAC in MP4", async () => {
    const cut = await cutAndCompare(makeSound("mp4", AAC, { hasVideo: true }), "mp4");
    expect(cut.plan.target).toBe("m4a");
    expectRightParts(cut, AAC_FRAME);
  });

  test("MP3 in MP4", async () => {
    const mp4 = makeSound("mp4", "-c:a libmp3lame -b:a 96k", { hasVideo: true });
    // The bit reservoir of what came before a part is lost.
    expectRightParts(await cutAndCompare(mp4, "mp4"), {
      frameMs: 24,
      likeness: 0.99,
      likenessAtStart: 0.5,
      likenessAtFirst: 0.9,
    });
  });

  test("AAC and PCM in QuickTime", async () => {
    expectRightParts(await cutAndCompare(makeSound("mov", AAC, { hasVideo: true }), "mov"), AAC_FRAME);
    const pcm = await cutAndCompare(makeSound("mov", "-c:a pcm_s16le", { hasVideo: true }), "mov");
    expect(pcm.plan.target).toBe("wav");
    expectRightParts(pcm, { frameMs: 100 });
  });

  test("AAC in Matroska", async () => {
    const mkv = makeSound("mkv", AAC, { hasVideo: true });
    expectRightParts(await cutAndCompare(mkv, "mkv", MATROSKA), AAC_FRAME);
  });

  test("Opus in Matroska", async () => {
    const mkv = makeSound("mkv", OPUS, { hasVideo: true });
    expectRightParts(await cutAndCompare(mkv, "mkv", MATROSKA), OPUS_FRAME);
  });

  test("FLAC, PCM and Vorbis in Matroska", async () => {
    const flac = makeSound("mkv", "-c:a flac", { hasVideo: true });
    expectRightParts(await cutAndCompare(flac, "mkv", MATROSKA), { frameMs: 96 });
    const pcm = makeSound("mkv", "-c:a pcm_s16le", { hasVideo: true });
    expectRightParts(await cutAndCompare(pcm, "mkv", MATROSKA), { frameMs: 30 });
    const vorbis = makeSound("mkv", VORBIS, { hasVideo: true });
    expectRightParts(await cutAndCompare(vorbis, "mkv", MATROSKA), VORBIS_FRAME);
  });

  test("that starts late", async () => {
    const encoderDelay = 1024 / 48_000;
    const late = makeSound("mp4", AAC, { hasVideo: true, soundStart: 3 });
    const cut = await cutAndCompare(late, "mp4", { soundStart: 3 - encoderDelay, roundedMs: 1.1 });
    expect(cut.parts[0]?.start).toBeCloseTo(3 - encoderDelay, 2);
    expect(cut.parts).toHaveLength(4);
    expectRightParts(cut, AAC_FRAME);
  });

  test("that starts later than a part is long", async () => {
    const late = makeSound("mkv", OPUS, { hasVideo: true, soundStart: 23 });
    const cut = await cutAndCompare(late, "mkv", { soundStart: 23, roundedMs: 10 });
    expect(cut.parts[0]?.start).toBeCloseTo(23, 1);
    expect(cut.parts).toHaveLength(4);
    expectRightParts(cut, OPUS_FRAME);
  });
});

test.skipIf(!hasFfmpeg)("a chained Ogg is not cut, as what reads it knows its first link only", async () => {
  const chained = join(makeSound("ogg", OPUS), makeSound("ogg", VORBIS));
  await expect(cutAndCompare(chained, "ogg")).rejects.toThrow(CannotCut);
});
