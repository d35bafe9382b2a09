import { afterAll, describe, expect, test } from "vitest";
import { hasFfmpeg } from "../../dev/marker-speech/convert-with-ffmpeg.ts";
import type { Transcript } from "../../shared/transcript/transcript.ts";
import { compareWithTruth } from "../support/audio/compare-with-truth.ts";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, encode, type Recording, record, TALK } from "../support/audio/recordings.ts";
import { accepted, sendRaw } from "../support/clients/send-job.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";

/** A picture that costs nothing to make, as long as the sound. */
const VIDEO = "-f lavfi -i color=size=64x64:rate=25 -map 0:a -map 1:v -shortest";
/** The sound comes 2.5 s after the first picture. */
const LATE_VIDEO = "-f lavfi -i color=size=64x64:rate=25:duration=8 -map 0:a -map 1:v -af asetpts=PTS+2.5/TB";

const talk = await record(TALK);
/** For formats that do not tell of their coder's run-up of some 1,100 samples: here it is too short to matter. */
const studio = await record(TALK, 48_000);

const diarist = await openDiarist({ recognise: createRecogniser() });
afterAll(() => diarist.close());

/** Sends the file; its words, speakers and times must come back. Tells what the job says of its audio. */
async function transcribe(recording: Recording, type: string) {
  const { id } = await accepted(sendRaw(diarist, await bytesOf(recording), { type }));
  const job = await diarist.finished(id);
  expect(job).toMatchObject({ status: "completed", error: null });
  const transcript = (await (await diarist.call(`/v1/jobs/${id}/transcript`)).json()) as Transcript;
  expect(compareWithTruth(transcript, recording.truth)).toEqual([]);
  const { container, codec, duration, channels, sample_rate } = job.audio;
  // Compressed formats end on a whole frame, and some count the coder's run-up; videos end with their picture.
  expect(Math.abs((duration ?? 0) - recording.truth.duration)).toBeLessThan(0.1);
  return { container, codec, duration, channels, sample_rate };
}

/** The truth of a recording with this many seconds of silence in front. */
function delay({ path, truth }: Recording, seconds: number): Recording {
  const words = truth.words.map((word) => ({
    ...word,
    start: word.start + seconds,
    end: word.end + seconds,
  }));
  return { path, truth: { ...truth, words, duration: truth.duration + seconds } };
}

/** The name that the stand-in saw at the end of the URL, last time. */
async function sentAs(): Promise<string | undefined> {
  return (await diarist.calls()).at(-1)?.file?.url?.split("/").at(-1);
}

test("WAV is transcribed as it is", async () => {
  expect(await transcribe(talk, "audio/wav")).toEqual({
    container: "wav",
    codec: "pcm-s16",
    duration: expect.any(Number),
    channels: 1,
    sample_rate: 16_000,
  });
});

test.skipIf(!hasFfmpeg)("WAV of 24 bits in stereo is transcribed as it is", async () => {
  const wide = await encode(studio, "wav", "-c:a pcm_s24le -ac 2");
  expect(await transcribe(wide, "audio/x-wav")).toEqual({
    container: "wav",
    codec: "pcm-s24",
    duration: expect.any(Number),
    channels: 2,
    sample_rate: 48_000,
  });
});

test.skipIf(!hasFfmpeg)(
  "a WAV that was streamed, without its length in the header, is transcribed",
  async () => {
    const streamed = await encode(talk, "wav", "-c:a pcm_s16le -fflags +bitexact -write_bext 0 -seekable 0");
    expect(await transcribe(streamed, "audio/wav")).toMatchObject({ container: "wav" });
  },
);

test.skipIf(!hasFfmpeg)("MP3 is transcribed as it is", async () => {
  const mp3 = await encode(talk, "mp3", "-c:a libmp3lame -b:a 64k");
  const audio = {
    container: "mp3",
    codec: "mp3",
    duration: expect.any(Number),
    channels: 1,
    sample_rate: 16_000,
  };
  expect(await transcribe(mp3, "audio/mpeg")).toEqual(audio);
  expect(await sentAs()).toBe("recording.mp3");
});

test.skipIf(!hasFfmpeg)(
  "MP3 of variable bit rate with tags and a picture is transcribed as it is",
  async () => {
    const tagged = await encode(
      studio,
      "mp3",
      "-f lavfi -i color=size=64x64:rate=1:duration=1 -map 0:a -map 1:v -frames:v 1 -c:v png -disposition:v attached_pic -c:a libmp3lame -q:a 4 -metadata title=Standup",
    );
    const audio = {
      container: "mp3",
      codec: "mp3",
      duration: expect.any(Number),
      channels: 1,
      sample_rate: 48_000,
    };
    expect(await transcribe(tagged, "audio/mpeg")).toEqual(audio);
  },
);

test.skipIf(!hasFfmpeg)("MP3 without an encoder's first frame is transcribed as it is", async () => {
  const bare = await encode(studio, "mp3", "-c:a libmp3lame -b:a 64k -write_xing 0");
  expect(await transcribe(bare, "audio/mpeg")).toMatchObject({ container: "mp3" });
});

test.skipIf(!hasFfmpeg)("M4A with its index in front is transcribed as it is", async () => {
  const m4a = await encode(talk, "m4a", "-c:a aac -b:a 64k -movflags +faststart");
  const audio = {
    container: "m4a",
    codec: "aac",
    duration: expect.any(Number),
    channels: 1,
    sample_rate: 16_000,
  };
  expect(await transcribe(m4a, "audio/mp4")).toEqual(audio);
  expect(await sentAs()).toBe("recording.m4a");
});

test.skipIf(!hasFfmpeg)("M4A with its index at the end is transcribed as it is", async () => {
  const m4a = await encode(talk, "m4a", "-c:a aac -b:a 64k");
  expect(await transcribe(m4a, "audio/x-m4a")).toMatchObject({ container: "m4a", codec: "aac" });
});

test.skipIf(!hasFfmpeg)("M4A in fragments is transcribed as it is", async () => {
  const m4a = await encode(studio, "m4a", "-c:a aac -b:a 64k -movflags +frag_keyframe+empty_moov");
  expect(await transcribe(m4a, "audio/mp4")).toMatchObject({ container: "m4a", codec: "aac" });
});

test.skipIf(!hasFfmpeg)("AAC without a container is transcribed as it is", async () => {
  const aac = await encode(studio, "aac", "-c:a aac -b:a 96k");
  const audio = {
    container: "aac",
    codec: "aac",
    duration: expect.any(Number),
    channels: 1,
    sample_rate: 48_000,
  };
  expect(await transcribe(aac, "audio/aac")).toEqual(audio);
  expect(await sentAs()).toBe("recording.aac");
});

test.skipIf(!hasFfmpeg)("Opus in Ogg is transcribed as it is", async () => {
  const ogg = await encode(studio, "ogg", "-c:a libopus -b:a 32k");
  const audio = {
    container: "ogg",
    codec: "opus",
    duration: expect.any(Number),
    channels: 1,
    sample_rate: 48_000,
  };
  expect(await transcribe(ogg, "audio/ogg")).toEqual(audio);
  expect(await sentAs()).toBe("recording.ogg");
});

test.skipIf(!hasFfmpeg)("Vorbis in Ogg is transcribed as it is", async () => {
  const ogg = await encode(talk, "ogg", "-c:a libvorbis -b:a 64k");
  expect(await transcribe(ogg, "audio/ogg")).toMatchObject({ container: "ogg", codec: "vorbis" });
});

test.skipIf(!hasFfmpeg)("Opus in WebM is transcribed as it is", async () => {
  const webm = await encode(studio, "webm", "-c:a libopus -b:a 32k");
  const audio = {
    container: "webm",
    codec: "opus",
    duration: expect.any(Number),
    channels: 1,
    sample_rate: 48_000,
  };
  expect(await transcribe(webm, "audio/webm")).toEqual(audio);
  expect(await sentAs()).toBe("recording.webm");
});

test.skipIf(!hasFfmpeg)("WebM with video is transcribed as it is", async () => {
  const webm = await encode(studio, "webm", `${VIDEO} -c:v libvpx -c:a libopus -b:a 32k`);
  expect(await transcribe(webm, "video/webm")).toMatchObject({ container: "webm", codec: "opus" });
});

test.skipIf(!hasFfmpeg)("FLAC is transcribed as it is", async () => {
  const flac = await encode(talk, "flac", "-c:a flac");
  expect(await transcribe(flac, "audio/flac")).toEqual({
    container: "flac",
    codec: "flac",
    duration: expect.any(Number),
    channels: 1,
    sample_rate: 16_000,
  });
  expect(await sentAs()).toBe("recording.flac");
});

test.skipIf(!hasFfmpeg)("of an MP4 video the sound is copied out and transcribed", async () => {
  const mp4 = await encode(talk, "mp4", `${VIDEO} -c:v mpeg4 -c:a aac -b:a 64k`);
  const audio = {
    container: "mp4",
    codec: "aac",
    duration: expect.any(Number),
    channels: 1,
    sample_rate: 16_000,
  };
  expect(await transcribe(mp4, "video/mp4")).toEqual(audio);
  expect(await sentAs()).toBe("recording.m4a");
});

describe.skipIf(!hasFfmpeg)(
  "of a video whose sound starts later than its picture the times are those of the video",
  () => {
    test("MP4", async () => {
      const mp4 = await encode(talk, "mp4", `${LATE_VIDEO} -c:v mpeg4 -c:a aac -b:a 64k`);
      expect(await transcribe(delay(mp4, 2.5), "video/mp4")).toMatchObject({
        container: "mp4",
        codec: "aac",
      });
    });

    test("QuickTime", async () => {
      const mov = await encode(talk, "mov", `${LATE_VIDEO} -c:v mpeg4 -c:a pcm_s16le`);
      expect(await transcribe(delay(mov, 2.5), "video/quicktime")).toMatchObject({ container: "mov" });
    });

    test("Matroska", async () => {
      const mkv = await encode(studio, "mkv", `${LATE_VIDEO} -c:v mpeg4 -c:a libopus -b:a 32k`);
      expect(await transcribe(delay(mkv, 2.5), "video/x-matroska")).toMatchObject({ container: "mkv" });
    });

    test("WebM", async () => {
      const webm = await encode(studio, "webm", `${LATE_VIDEO} -c:v libvpx -c:a libopus -b:a 32k`);
      expect(await transcribe(delay(webm, 2.5), "video/webm")).toMatchObject({ container: "webm" });
    });
  },
);

test.skipIf(!hasFfmpeg)("of a QuickTime video with AAC the sound is copied out and transcribed", async () => {
  const mov = await encode(talk, "mov", `${VIDEO} -c:v mpeg4 -c:a aac -b:a 64k`);
  const audio = {
    container: "mov",
    codec: "aac",
    duration: expect.any(Number),
    channels: 1,
    sample_rate: 16_000,
  };
  expect(await transcribe(mov, "video/quicktime")).toEqual(audio);
  expect(await sentAs()).toBe("recording.m4a");
});

test.skipIf(!hasFfmpeg)("of a QuickTime video with PCM the sound is copied out and transcribed", async () => {
  const mov = await encode(talk, "mov", `${VIDEO} -c:v mpeg4 -c:a pcm_s16le`);
  expect(await transcribe(mov, "video/quicktime")).toMatchObject({
    container: "mov",
    codec: "pcm-s16",
  });
  expect(await sentAs()).toBe("recording.wav");
});

test.skipIf(!hasFfmpeg)("of a Matroska video with Opus the sound is copied out and transcribed", async () => {
  const mkv = await encode(studio, "mkv", `${VIDEO} -c:v mpeg4 -c:a libopus -b:a 32k`);
  const audio = {
    container: "mkv",
    codec: "opus",
    duration: expect.any(Number),
    channels: 1,
    sample_rate: 48_000,
  };
  expect(await transcribe(mkv, "video/x-matroska")).toEqual(audio);
  expect(await sentAs()).toBe("recording.ogg");
});

test.skipIf(!hasFfmpeg)("of a Matroska video with MP3 the sound is copied out and transcribed", async () => {
  const mkv = await encode(studio, "mkv", `${VIDEO} -c:v mpeg4 -c:a libmp3lame -b:a 64k`);
  expect(await transcribe(mkv, "video/x-matroska")).toMatchObject({
    container: "mkv",
    codec: "mp3",
  });
  expect(await sentAs()).toBe("recording.mp3");
});

test.skipIf(!hasFfmpeg)("of a Matroska video with FLAC the sound is copied out and transcribed", async () => {
  const mkv = await encode(talk, "mkv", `${VIDEO} -c:v mpeg4 -c:a flac`);
  expect(await transcribe(mkv, "video/x-matroska")).toMatchObject({
    container: "mkv",
    codec: "flac",
  });
  expect(await sentAs()).toBe("recording.flac");
});

test.skipIf(!hasFfmpeg)("what a file is, its bytes say, not its name or type", async () => {
  const mp3 = await encode(talk, "mp3", "-c:a libmp3lame -b:a 96k");
  const query = "?filename=talk.wav";
  const { id } = await accepted(sendRaw(diarist, await bytesOf(mp3), { type: "audio/flac", query }));
  expect(await diarist.finished(id)).toMatchObject({
    status: "completed",
    audio: { filename: "talk.wav", content_type: "audio/flac", container: "mp3", codec: "mp3" },
  });
  expect(await sentAs()).toBe("recording.mp3");
});
