import { describe, expect, test } from "vitest";
import { failure } from "../failure.ts";
import { noFlags } from "../flag-kinds.ts";
import type { Job } from "../job.ts";
import {
  MAX_EVENT_BYTES,
  MAX_EXTERNAL_ID_CHARACTERS,
  MAX_FILENAME_CHARACTERS,
  MAX_METADATA_BYTES,
  MAX_PROMPT_CHARACTERS,
  MAX_TAG_CHARACTERS,
  MAX_TAGS,
} from "../limits.ts";
import { WARNING_CODES, warning } from "../speech/warning.ts";
import { type Event, eventOf } from "./event.ts";
import type { EventType } from "./event-types.ts";

const NOW = Date.UTC(2026, 10, 20, 12);
const LINKS = {
  baseUrl: "https://diarist.example.com",
  downloadUrl: `https://diarist.example.com/media/${"x".repeat(250)}/transcript.json`,
};

function makeJob(change: Partial<Job> = {}): Job {
  return {
    id: "job_01k9xw2h0c4d6f8g1j3k5m7n9q",
    tenantId: "ten_1",
    keyId: "key_1",
    status: "completed",
    stage: "done",
    attempt: 1,
    failures: 0,
    notBefore: null,
    waitingFor: null,
    sequence: 3,
    task: "transcribe",
    options: {
      model: "openai/whisper-large-v3",
      language: "auto",
      prompt: "names: Ada, Grace",
      temperature: 0,
      timestamp_granularities: ["segment", "word"],
      diarize: true,
      min_speakers: null,
      max_speakers: null,
      priority: "accuracy",
      response_format: "verbose_json",
      reuse: true,
    },
    sourceUrl: "https://files.example.com/a.wav?token=secret",
    audioKey: "audio/ten_1/job_1/source.wav",
    audio: {
      filename: "standup.wav",
      bytes: 1,
      content_type: "audio/wav",
      container: "wav",
      codec: "pcm-s16",
      duration: 61.25,
      channels: 1,
      sample_rate: 16_000,
      sha256: "ab".repeat(32),
    },
    fingerprint: "print",
    result: {
      language: "en",
      duration: 61.25,
      segments: 9,
      words: 170,
      speakers: ["SPEAKER_00", "SPEAKER_01"],
      transcript_sha256: "cd".repeat(32),
      reused_from: null,
      speaker_links: [],
      flags: noFlags(),
      speech: { api: "together", model: "openai/whisper-large-v3" },
      warnings: [],
    },
    transcriptAttempt: 1,
    error: null,
    speakers: {},
    revision: 0,
    webhookUrl: "https://app.example.com/hook",
    metadata: { meeting: "daily" },
    tags: ["team"],
    externalId: "ext-1",
    plan: null,
    voices: [],
    partsTotal: 1,
    partsDone: 1,
    upstreamMs: 900,
    createdAt: NOW - 5_000,
    storedAt: NOW - 5_000,
    startedAt: NOW - 4_000,
    completedAt: NOW,
    retention: {
      audioDays: null,
      transcriptDays: null,
      audioUntil: null,
      transcriptUntil: null,
      audioRemovedAt: null,
      transcriptRemovedAt: null,
    },
    ...change,
  };
}

const make = (job: Job, type: EventType = "job.completed"): Event => eventOf("evt_1", type, job, LINKS);
const bytesOf = (event: Event) => Buffer.byteLength(event.body);

/** Everything a caller may send, at its limit; each character is `unit`. */
function largestJob(unit: string): Job {
  const fill = (characters: number) => unit.repeat(Math.floor(characters / unit.length));
  const value = fill(MAX_METADATA_BYTES / Buffer.byteLength(JSON.stringify(unit).slice(1, -1)) - 20);
  const metadata = { key: value };
  expect(Buffer.byteLength(JSON.stringify(metadata))).toBeLessThanOrEqual(MAX_METADATA_BYTES);
  const job = makeJob({
    metadata,
    tags: Array.from({ length: MAX_TAGS }, () => fill(MAX_TAG_CHARACTERS)),
    externalId: fill(MAX_EXTERNAL_ID_CHARACTERS),
    webhookUrl: `https://app.example.com/${"p".repeat(2_024)}`,
  });
  job.audio.filename = fill(MAX_FILENAME_CHARACTERS);
  job.options.prompt = fill(MAX_PROMPT_CHARACTERS);
  return job;
}

describe("an event's body", () => {
  test("is the job without its prompt, with two ways to the transcript", () => {
    const event = make(makeJob());
    const { type, timestamp, data } = JSON.parse(event.body);
    expect({ type, timestamp }).toEqual({ type: "job.completed", timestamp: "2026-11-20T12:00:00.000Z" });
    expect(data).toMatchObject({
      id: "job_01k9xw2h0c4d6f8g1j3k5m7n9q",
      status: "completed",
      sequence: 3,
      metadata: { meeting: "daily" },
      result: {
        words: 170,
        transcript_url: "https://diarist.example.com/v1/jobs/job_01k9xw2h0c4d6f8g1j3k5m7n9q/transcript",
        download_url: LINKS.downloadUrl,
      },
    });
    expect(data).not.toHaveProperty("omitted");
    expect(event.body).not.toContain("Ada");
  });

  test("gives away neither where the recording came from nor where it lies", () => {
    const { body } = make(makeJob());
    expect(body).not.toContain("secret");
    expect(body).not.toContain("audio/ten_1");
    expect(body).not.toContain("print");
  });

  test("names the event's own sequence and time", () => {
    expect(make(makeJob())).toMatchObject({ id: "evt_1", sequence: 3, createdAt: NOW, jobId: makeJob().id });
  });
});

describe("the largest job there can be", () => {
  test("in plain letters stays below 20 KB and keeps its metadata", () => {
    const event = make(largestJob("x"));
    expect(bytesOf(event)).toBeLessThan(MAX_EVENT_BYTES);
    expect(JSON.parse(event.body).data.metadata).toEqual(largestJob("x").metadata);
  });

  test("in letters of three bytes does too", () => {
    const event = make(largestJob("漢"));
    expect(bytesOf(event)).toBeLessThan(MAX_EVENT_BYTES);
    expect(JSON.parse(event.body).data.metadata).toEqual(largestJob("漢").metadata);
  });

  test("in emoji does too", () =>
    expect(bytesOf(make(largestJob("\u{1f600}")))).toBeLessThan(MAX_EVENT_BYTES));

  test("in characters that JSON writes as six does too", () => {
    expect(bytesOf(make(largestJob("\u0001")))).toBeLessThan(MAX_EVENT_BYTES);
    expect(bytesOf(make(largestJob("\ud800")))).toBeLessThan(MAX_EVENT_BYTES);
  });

  test("that failed with a long message does too", () => {
    const job = {
      ...largestJob("\u0001"),
      result: null,
      error: failure("processing_failed", "\u0001".repeat(900)),
    };
    const event = make(job, "job.failed");
    expect(bytesOf(event)).toBeLessThan(MAX_EVENT_BYTES);
    expect(JSON.parse(event.body).data.error.code).toBe("processing_failed");
  });

  test("with every warning there is does too, and leaves none of them out", () => {
    const job = largestJob("漢");
    const warnings = WARNING_CODES.map(warning);
    const event = make({ ...job, result: job.result && { ...job.result, warnings } });
    expect(bytesOf(event)).toBeLessThan(MAX_EVENT_BYTES);
    expect(JSON.parse(event.body).data.result.warnings).toEqual(warnings);
  });

  test("lists what it left out, the least missed first", () => {
    const { data } = JSON.parse(make(largestJob("漢")).body);
    expect(data.omitted).toEqual(["webhook_url", "options", "tags"]);
    expect(data).not.toHaveProperty("tags");
    expect(data.external_id).toBe("漢".repeat(MAX_EXTERNAL_ID_CHARACTERS));
  });
});
