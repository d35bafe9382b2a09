import type { Job } from "../../../shared/job.ts";
import type { NewJob } from "../../../shared/storage/jobs.ts";
import type { Transcript } from "../../../shared/transcript/transcript.ts";
import { createMemoryBucket } from "../audio/memory-bucket.ts";
import { CLEAN, hearPart } from "../audio/simulated-hearing.ts";
import { type Recording, simulateRecording } from "../audio/simulated-recording.ts";
import { wavHeader } from "../audio/wav.ts";
import { AUDIO, insertQueued, newJob, OPTIONS } from "../stack/jobs.ts";
import { errorOf, PROBE } from "./transcribe-deps.ts";

/** Samples, and bytes, a second: enough to find a quiet place in silence. */
const RATE = 1_000;
const SECOND_MARK = Buffer.from([0x83, 0x7d, 0x83, 0x7d]);

/** With parts of this length, a recording has one part for each minute. */
export const PART_SECONDS = 60;

/** Two people who talk for that many minutes. */
export function talkFor(minutes: number): Recording {
  return simulateRecording({
    seconds: minutes * PART_SECONDS - 1,
    words: Math.round(minutes * 40),
    persons: 2,
  });
}

/**
 * R2 with the recordings in memory: what cuts them is written for workerd, whose streams the local R2 does not take
 * from Node.
 */
export function keepAudioInMemory(bucket: R2Bucket): R2Bucket {
  const memory = createMemoryBucket().bucket;
  return new Proxy(bucket, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        const isAudio = typeof args[0] === "string" && args[0].startsWith("audio/");
        const own: unknown = isAudio ? Reflect.get(memory, name) : undefined;
        return typeof own === "function" ? own(...args) : member.apply(target, args);
      };
    },
  });
}

/** A job with this recording, probed; no two have the same bytes unless `sha256` says so. */
export async function insertLongJob(
  db: D1Database,
  bucket: R2Bucket,
  { duration }: Recording,
  change: Partial<NewJob> = {},
): Promise<Job> {
  const dataBytes = Math.round(duration * RATE);
  const wav = clockedWav(dataBytes);
  const job = newJob(change);
  const audio = { ...AUDIO, codec: "pcm-u8", bytes: wav.byteLength, duration, sha256: `of ${job.id}` };
  await bucket.put(job.audioKey ?? "", wav);
  return insertQueued(db, { ...job, audio, options: { ...OPTIONS, diarize: false }, ...change });
}

/** Each second begins with its number, so that a part shows where it was cut from. All else is silence. */
function clockedWav(dataBytes: number): Buffer {
  const wav = Buffer.alloc(44 + dataBytes, 0x80);
  wavHeader(dataBytes, RATE).copy(wav);
  for (let second = 0; (second + 1) * RATE <= dataBytes; second++) {
    SECOND_MARK.copy(wav, 44 + second * RATE);
    wav.writeUInt16BE(second, 44 + second * RATE + SECOND_MARK.length);
  }
  return wav;
}

/** Where a part of such a recording lies in it, by its bytes alone. */
export function rangeOf(part: Uint8Array): { start: number; end: number } {
  const bytes = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
  const mark = bytes.indexOf(SECOND_MARK);
  if (mark < 0) throw new Error("this part has no second in it");
  const start = bytes.readUInt16BE(mark + SECOND_MARK.length) - (mark - 44) / RATE;
  return { start, end: start + (bytes.length - 44) / RATE };
}

/** A call as the speech API sees it: which object it fetched, of which job, and what it is asked. */
export type Heard = {
  job: string;
  file: string;
  isTranslation: boolean;
  isDiarized: boolean;
  signal: AbortSignal;
};

/** What it does in place of listening: an answer of its own, or nothing. */
export type Deviation = (call: Heard) => Response | null | undefined | Promise<Response | null | undefined>;

/**
 * A speech API that hears in each part what was said in that stretch of the recording, and so gives a right answer
 * only for a right part. `calls` are the objects it was asked about, in order.
 */
export function listenTo(db: D1Database, recording: Recording, deviate: Deviation = () => null) {
  const calls: string[] = [];
  return {
    calls,
    async fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
      if (input === PROBE) return new Response();
      const request = new Request(input instanceof Request ? input.url : input, init as RequestInit);
      const fields = await request.clone().formData();
      const key = keyOf(String(fields.get("file")));
      const [, , job = "", file = ""] = key.split("/");
      calls.push(file);
      const call: Heard = {
        job,
        file,
        isTranslation: request.url.endsWith("/translations"),
        isDiarized: fields.get("diarize") === "true",
        signal: request.signal,
      };
      const own = await deviate(call);
      if (own) return own;
      if (file.startsWith("reference")) return errorOf(400, "unsupported_format");
      const range = await findRange(db, job, key, recording);
      return Response.json(hear(recording, range, call));
    },
  };
}

/** What is heard in that stretch. */
export function hear(
  recording: Recording,
  range: { start: number; end: number },
  call: Pick<Heard, "isDiarized">,
): Transcript {
  const { transcript } = hearPart(recording, range, CLEAN, 1);
  if (call.isDiarized) return transcript;
  const words = transcript.words.map(({ speaker_id: _, ...word }) => word);
  return { ...transcript, words, speaker_segments: [] };
}

/** Where the part behind a signed URL lies in the recording. */
export function rangeOfUrl(db: D1Database, recording: Recording, url: string) {
  const key = keyOf(url);
  return findRange(db, key.split("/")[2] ?? "", key, recording);
}

/** The object behind a signed URL. */
function keyOf(url: string): string {
  const [, payload = ""] = /\/media\/([^./]+)\./.exec(url) ?? [];
  const { key } = JSON.parse(Buffer.from(payload, "base64url").toString()) as { key: string };
  return key;
}

async function findRange(db: D1Database, job: string, key: string, recording: Recording) {
  const row = await db
    .prepare("SELECT start, end FROM parts WHERE job_id = ? AND audio ->> 'key' = ?")
    .bind(job, key)
    .first<{ start: number; end: number }>();
  return row ?? { start: 0, end: recording.duration };
}

/** What was said, as a transcript must have it. */
export function wordsOf(recording: Recording): string[] {
  return recording.words.map(({ word }) => word);
}
