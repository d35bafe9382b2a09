import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { JOB_STAGES } from "../../shared/job.ts";
import type { Transcript } from "../../shared/transcript/transcript.ts";
import { compareWithTruth } from "../support/audio/compare-with-truth.ts";
import { createRecogniser } from "../support/audio/recogniser.ts";
import { bytesOf, record, TALK } from "../support/audio/recordings.ts";
import {
  accepted,
  sendChunked,
  sendForm,
  sendJson,
  sendRaw,
  textBytes,
} from "../support/clients/send-job.ts";
import { settledDeliveries } from "../support/stack/deliveries.ts";
import type { ShownJob } from "../support/stack/diarist.ts";
import { startFileHost } from "../support/stack/file-host.ts";
import { openDiarist } from "../support/stack/open-diarist.ts";

const talk = await record(TALK);
const bytes = await bytesOf(talk);
const sha256 = createHash("sha256").update(bytes).digest("hex");
const file = new File([bytes], "talk.wav", { type: "audio/wav" });
const duration = expect.closeTo(talk.truth.duration, 3);

const diarist = await openDiarist({ recognise: createRecogniser() });
const host = await startFileHost();
const receiver = await diarist.receiver();
afterAll(() => Promise.all([diarist.close(), host.close(), receiver.close()]));

async function transcriptOf(job: ShownJob): Promise<Transcript> {
  const response = await diarist.call(`/v1/jobs/${job.id}/transcript`);
  return (await response.json()) as Transcript;
}

/** The stand-in's record of the newest request, its fields as pairs. */
async function lastCall() {
  const call = (await diarist.calls()).at(-1);
  if (!call) throw new Error("the speech API was not asked");
  return { ...call, fields: call.fields.map(({ name, value }) => [name, value]) };
}

test("a form gives the words, speakers and times that were said", async () => {
  const job = await accepted(
    sendForm(diarist, [
      ["language", "en"],
      ["tags", "daily"],
      ["file", file],
      ["reuse", "false"],
      ["tags", "form"],
      ["metadata", '{"meeting":{"id":7}}'],
    ]),
  );
  const done = await diarist.finished(job.id);
  expect(compareWithTruth(await transcriptOf(done), talk.truth)).toEqual([]);
  expect(done).toMatchObject({
    status: "completed",
    options: { language: "en", reuse: false },
    audio: { filename: "talk.wav", content_type: "audio/wav", bytes: bytes.length, sha256 },
    tags: ["daily", "form"],
    metadata: { meeting: { id: 7 } },
  });
});

test("the recording itself as the body gives the same, with options in the query", async () => {
  const query = "?filename=n%C3%A4chste%20Woche.wav&language=de&tags=a,b&reuse=false&external_id=crm-1";
  const job = await accepted(sendRaw(diarist, bytes, { query }));
  const done = await diarist.finished(job.id);
  expect(compareWithTruth(await transcriptOf(done), talk.truth)).toEqual([]);
  expect(done).toMatchObject({
    status: "completed",
    options: { language: "de", reuse: false },
    audio: { filename: "nächste Woche.wav", content_type: "audio/wav", bytes: bytes.length, sha256 },
    tags: ["a", "b"],
    external_id: "crm-1",
    result: { language: "de" },
  });
});

test("JSON with a URL gives the same; the recording is fetched once", async () => {
  const url = host.serveBytes("stand%20up.wav", bytes, "audio/x-wav; charset=binary");
  const job = await accepted(sendJson(diarist, { file: url, reuse: false, metadata: { a: null } }));
  expect(job).toMatchObject({ status: "queued", progress: { stage: "importing" }, audio: { bytes: null } });
  const done = await diarist.finished(job.id);
  expect(compareWithTruth(await transcriptOf(done), talk.truth)).toEqual([]);
  expect(done).toMatchObject({
    status: "completed",
    audio: { filename: "stand up.wav", content_type: "audio/x-wav", bytes: bytes.length, sha256 },
    metadata: { a: null },
  });
  expect(host.requestsOf(url)).toBe(1);
});

test("a form may give the recording as a URL, and name it", async () => {
  const url = host.serveBytes("download", bytes, "application/octet-stream");
  const job = await accepted(
    sendForm(diarist, [
      ["file", url],
      ["filename", "talk.wav"],
      ["reuse", "false"],
    ]),
  );
  const done = await diarist.finished(job.id);
  expect(compareWithTruth(await transcriptOf(done), talk.truth)).toEqual([]);
  expect(done.audio).toMatchObject({ filename: "talk.wav", sha256 });
});

test("a URL that redirects is followed", async () => {
  const target = host.serveBytes("talk.wav", bytes, "audio/wav");
  const url = host.serve("latest", (_, response) => response.writeHead(302, { location: target }).end());
  const job = await accepted(sendJson(diarist, { file: url, reuse: false }));
  expect(await diarist.finished(job.id)).toMatchObject({
    status: "completed",
    audio: { filename: "talk.wav", sha256 },
  });
});

test("a body of unknown length is taken in chunks", async () => {
  const body = createReadStream(talk.path, { highWaterMark: 1000 });
  const job = await accepted(sendChunked(diarist, body, { query: "?reuse=false" }));
  const done = await diarist.finished(job.id);
  expect(compareWithTruth(await transcriptOf(done), talk.truth)).toEqual([]);
  expect(done.audio).toMatchObject({ filename: null, bytes: bytes.length, sha256 });
});

test("a form's own `filename` names the recording, not the name of the part", async () => {
  const job = await accepted(
    sendForm(diarist, [
      ["file", new File([bytes], "blob", { type: "audio/wav" })],
      ["filename", "Monday.wav"],
    ]),
  );
  expect(job.audio.filename).toBe("Monday.wav");
});

test("the answer is the job as the API documents it, and where it is found", async () => {
  const response = await sendRaw(diarist, bytes, { query: "?temperature=0.5&diarize=1&metadata={}" });
  const job = (await response.json()) as ShownJob;
  expect(response.status).toBe(202);
  expect(response.headers.get("location")).toBe(`/v1/jobs/${job.id}`);
  expect(response.headers.get("x-request-id")).toMatch(/^req_/);
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(job).toEqual({
    id: expect.stringMatching(/^job_[0-9a-z]{26}$/),
    object: "job",
    status: "queued",
    task: "transcribe",
    options: {
      model: "openai/whisper-large-v3",
      language: "auto",
      prompt: null,
      temperature: 0.5,
      timestamp_granularities: ["segment", "word"],
      diarize: true,
      min_speakers: null,
      max_speakers: null,
      priority: "accuracy",
      response_format: "verbose_json",
      reuse: true,
    },
    audio: {
      filename: null,
      bytes: bytes.length,
      content_type: "audio/wav",
      container: null,
      codec: null,
      duration: null,
      channels: null,
      sample_rate: null,
      sha256,
    },
    progress: { stage: "stored", parts_done: 0, parts_total: 1, waiting_for: null },
    result: null,
    speakers: {},
    revision: 0,
    error: null,
    timings: { stored_at: time, started_at: null, upstream_ms: 0, completed_at: null },
    retention: {
      audio_days: null,
      transcript_days: null,
      audio_until: null,
      transcript_until: null,
      audio_removed_at: null,
      transcript_removed_at: null,
    },
    webhook_url: null,
    metadata: {},
    tags: [],
    external_id: null,
    created_at: time,
  });

  const done = await diarist.finished(job.id);
  expect(done).toEqual({
    ...job,
    status: "completed",
    audio: {
      ...job.audio,
      container: "wav",
      codec: "pcm-s16",
      duration,
      channels: 1,
      sample_rate: 16_000,
    },
    progress: { stage: "done", parts_done: 1, parts_total: 1, waiting_for: null },
    result: {
      language: "en",
      duration,
      segments: expect.any(Number),
      words: talk.truth.words.length,
      speakers: ["SPEAKER_00", "SPEAKER_01"],
      transcript_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      reused_from: null,
      speaker_links: [],
      flags: expect.objectContaining({ loop: 0 }),
      speech: { api: "together", model: "openai/whisper-large-v3" },
      warnings: [],
      transcript_url: `/v1/jobs/${job.id}/transcript`,
    },
    timings: {
      stored_at: job.timings.stored_at,
      started_at: time,
      upstream_ms: expect.any(Number),
      completed_at: time,
    },
  });
  expect(JOB_STAGES).toContain(done.progress.stage);
});

test("transcript_sha256 is the hash of the transcript's bytes", async () => {
  const { id } = await accepted(sendRaw(diarist, bytes));
  const done = await diarist.finished(id);
  const transcript = await (await diarist.call(`/v1/jobs/${id}/transcript`)).bytes();
  expect(createHash("sha256").update(transcript).digest("hex")).toBe(done.result?.transcript_sha256);
});

test("without options the speech API is asked for everything: words, segments and speakers", async () => {
  const { id } = await accepted(sendRaw(diarist, bytes, { query: "?reuse=false" }));
  await diarist.finished(id);
  const call = await lastCall();
  expect(call).toMatchObject({
    path: "/v1/audio/transcriptions",
    outcome: "ok",
    model_before_file: true,
    file: { kind: "url", bytes: bytes.length },
    audio_seconds: duration,
  });
  expect(call.file?.url).toMatch(/\/media\/[^/]+\/recording\.wav$/);
  expect(new Map(call.fields.map(([name, value]) => [name?.replace(/\[.*$/, ""), value]))).toEqual(
    new Map([
      ["model", "openai/whisper-large-v3"],
      ["response_format", "verbose_json"],
      ["language", "auto"],
      ["temperature", "0"],
      ["timestamp_granularities", "word"],
      ["diarize", "true"],
      ["file", call.file?.url],
    ]),
  );
  const granularities = call.fields.filter(([name]) => name?.startsWith("timestamp_granularities"));
  expect(granularities.map(([, value]) => value)).toEqual(["segment", "word"]);
});

test("options are kept and sent upstream as they were given", async () => {
  const options = {
    model: "openai/whisper-large-v3",
    language: "fr",
    prompt: "Diarist, Miniflare,\nnaïve",
    temperature: 0.25,
    timestamp_granularities: ["word"],
    diarize: true,
    min_speakers: 2,
    max_speakers: 5,
    priority: "speed",
    response_format: "srt",
    reuse: false,
  };
  const url = host.serveBytes("talk.wav", bytes, "audio/wav");
  const job = await accepted(sendJson(diarist, { ...options, file: url }));
  expect(job.options).toEqual(options);
  await diarist.finished(job.id);
  const { fields } = await lastCall();
  expect(fields).toEqual(
    expect.arrayContaining([
      ["model", options.model],
      ["language", "fr"],
      ["prompt", options.prompt],
      ["temperature", "0.25"],
      ["diarize", "true"],
      ["min_speakers", "2"],
      ["max_speakers", "5"],
      ["response_format", "verbose_json"],
    ]),
  );
  expect(fields.filter(([name]) => name?.startsWith("timestamp_granularities"))).toHaveLength(1);
});

test("diarize=false asks for no speakers and gives none", async () => {
  const { id } = await accepted(
    sendForm(diarist, [
      ["diarize", "false"],
      ["file", file],
    ]),
  );
  const done = await diarist.finished(id);
  expect(done.result?.speakers).toEqual([]);
  expect((await lastCall()).fields).toContainEqual(["diarize", "false"]);
  const transcript = await transcriptOf(done);
  expect(transcript.words.map(({ word }) => word)).toEqual(talk.truth.words.map(({ word }) => word));
  expect(transcript.speaker_segments).toEqual([]);
});

test("a translation goes to the translations route without speakers", async () => {
  const { id } = await accepted(
    sendForm(diarist, [
      ["task", "translate"],
      ["file", file],
    ]),
  );
  const done = await diarist.finished(id);
  expect(done).toMatchObject({ task: "translate", options: { diarize: false }, result: { speakers: [] } });
  const call = await lastCall();
  expect(call).toMatchObject({ path: "/v1/audio/translations", outcome: "ok", model_before_file: true });
  expect(call.fields.map(([name]) => name)).not.toContain("diarize");
});

test("a translation with speakers gets them from a second call", async () => {
  const before = (await diarist.calls()).length;
  const { id } = await accepted(
    sendForm(diarist, [
      ["task", "translate"],
      ["diarize", "true"],
      ["file", file],
    ]),
  );
  const done = await diarist.finished(id);
  expect(compareWithTruth(await transcriptOf(done), talk.truth)).toEqual([]);
  const paths = (await diarist.calls()).slice(before).map(({ path }) => path);
  expect(paths).toEqual(["/v1/audio/translations", "/v1/audio/transcriptions"]);
});

test("the webhook comes exactly once, verified, and leads to the transcript without a key", async () => {
  const hook = `${receiver.url}hook?for=talk`;
  const { id } = await accepted(
    sendJson(diarist, {
      file: host.serveBytes("talk.wav", bytes, "audio/wav"),
      webhook_url: hook,
      external_id: "meeting-12",
      metadata: { a: [1, { b: "ü" }] },
    }),
  );
  const done = await diarist.finished(id);
  const webhook = await receiver.waitFor(({ body }) => body.includes(id));
  expect(webhook).toMatchObject({ verified: true, type: "job.completed", path: "/hook?for=talk" });
  expect(webhook.headers).toMatchObject({ "content-type": "application/json", "webhook-id": webhook.id });

  const { timestamp, data } = JSON.parse(webhook.body);
  const { prompt: _, ...options } = done.options;
  const { speaker_links: __, ...result } = done.result ?? {};
  expect(timestamp).toBe(done.timings.completed_at);
  expect(done.result?.reused_from).toMatch(/^job_/);
  expect(data).toEqual({
    ...done,
    options,
    result: {
      ...result,
      transcript_url: `${diarist.url}/v1/jobs/${id}/transcript`,
      download_url: expect.stringContaining(`${diarist.url}/media/`),
    },
    sequence: 2, // its transcript was there: the work on it never started
  });
  const download = await fetch(data.result.download_url);
  expect(compareWithTruth((await download.json()) as Transcript, talk.truth)).toEqual([]);

  await diarist.stack.sweep();
  expect(await settledDeliveries(diarist, id)).toMatchObject([
    { status: "delivered", tries: 1, type: "job.completed" },
  ]);
  expect(receiver.received.filter(({ body }) => body.includes(id))).toHaveLength(1);
});

test("a job that fails tells so by its webhook", async () => {
  const { id } = await accepted(
    sendRaw(diarist, textBytes("these are no samples"), {
      query: `?webhook_url=${encodeURIComponent(`${receiver.url}hook`)}`,
    }),
  );
  const job = await diarist.finished(id);
  const webhook = await receiver.waitFor(({ body }) => body.includes(id));
  expect(webhook).toMatchObject({ verified: true, type: "job.failed" });
  expect(JSON.parse(webhook.body).data).toMatchObject({
    id,
    status: "failed",
    error: job.error,
    result: null,
  });
  expect(await settledDeliveries(diarist, id)).toMatchObject([{ status: "delivered", tries: 1 }]);
});
