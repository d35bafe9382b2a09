import { createHash } from "node:crypto";
import { createReadStream, openAsBlob } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream";
import { afterAll, expect, test } from "vitest";
import { hasFfmpeg } from "../../dev/marker-speech/convert-with-ffmpeg.ts";
import { randomScript } from "../../dev/marker-speech/random-script.ts";
import { recognise } from "../../dev/recognise/recognise.ts";
import type { Transcript } from "../../shared/transcript/transcript.ts";
import { compareWithTruth } from "../support/audio/compare-with-truth.ts";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { encode, type Recording, record } from "../support/audio/recordings.ts";
import { accepted, sendChunked, sendForm, sendJson } from "../support/clients/send-job.ts";
import { isThorough } from "../support/run/thorough.ts";
import { startFileHost } from "../support/stack/file-host.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";

/** Ninety minutes are 173 MB as WAV and 43 MB as MP3. In `npm test` a shorter meeting is cut into as many parts. */
const [MINUTES, PART_MINUTES] = isThorough ? [90, 20] : [9, 2];
const WORDS_PER_MINUTE = 153;
const PATIENCE_MS = 300_000;

/** Three people who talk with hardly a pause. */
const meeting = await record(
  randomScript({ words: WORDS_PER_MINUTE * MINUTES, speakers: 3, seconds: MINUTES * 60, seed: 90 }),
);

const diarist = await openDiarist({
  recognise: createRecogniser(recognise),
  vars: { PART_MINUTES: String(PART_MINUTES) },
});
const host = await startFileHost();
const receiver = await diarist.receiver();
afterAll(() => Promise.all([diarist.close(), host.close(), receiver.close()]));

const toMp3 = () => encode(meeting, "mp3", "-c:a libmp3lame -b:a 64k");

async function hashOf({ path }: Recording): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}

/** Every word, speaker and time of the finished job is right, its audio is what was sent, and one webhook tells. */
async function checkJob(id: string, recording: Recording): Promise<void> {
  const job = await diarist.finished(id);
  expect(job).toMatchObject({
    status: "completed",
    progress: { parts_total: Math.ceil(MINUTES / PART_MINUTES) },
    audio: { bytes: (await stat(recording.path)).size, sha256: await hashOf(recording) },
    result: { words: recording.truth.words.length, speakers: ["SPEAKER_00", "SPEAKER_01", "SPEAKER_02"] },
  });
  const answer = await diarist.call(`/v1/jobs/${id}/transcript`);
  const json = await answer.text();
  expect(createHash("sha256").update(json).digest("hex")).toBe(job.result?.transcript_sha256);
  expect(compareWithTruth(JSON.parse(json) as Transcript, recording.truth)).toEqual([]);

  const webhook = await receiver.waitFor(({ body }) => body.includes(id));
  expect(webhook).toMatchObject({ verified: true, type: "job.completed" });
  await diarist.stack.sweep();
  expect(receiver.received.filter(({ body }) => body.includes(id))).toHaveLength(1);
}

test(
  "a meeting as WAV, sent in chunks without a length, comes back without an error",
  async () => {
    const query = `?reuse=false&webhook_url=${encodeURIComponent(receiver.url)}`;
    const { id } = await accepted(sendChunked(diarist, createReadStream(meeting.path), { query }));
    await checkJob(id, meeting);
  },
  PATIENCE_MS,
);

test.skipIf(!hasFfmpeg)(
  "a meeting as MP3, sent as a form, comes back without an error",
  async () => {
    const mp3 = await toMp3();
    const { id } = await accepted(
      sendForm(diarist, [
        ["webhook_url", receiver.url],
        ["file", new File([await openAsBlob(mp3.path)], "meeting.mp3", { type: "audio/mpeg" })],
        ["reuse", "false"],
      ]),
    );
    await checkJob(id, mp3);
  },
  PATIENCE_MS,
);

test.skipIf(!hasFfmpeg)(
  "a meeting as MP3, fetched from a URL, comes back without an error",
  async () => {
    const mp3 = await toMp3();
    const file = host.serve("meeting.mp3", (_, response) => {
      response.writeHead(200, { "content-type": "audio/mpeg" });
      pipeline(createReadStream(mp3.path), response, () => undefined);
    });
    const { id } = await accepted(sendJson(diarist, { file, webhook_url: receiver.url, reuse: false }));
    await checkJob(id, mp3);
    expect(host.requestsOf(file)).toBe(1);
  },
  PATIENCE_MS,
);
