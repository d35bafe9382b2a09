import { deflateSync } from "node:zlib";
import type { Job } from "../../../shared/job.ts";
import { renderTranscript } from "../../../shared/render/render.ts";
import { loadTranscript } from "../../../shared/storage/transcripts.ts";
import { languageName } from "../../../shared/transcript/language.ts";
import type { SpeakerSegment, Transcript, TranscriptSegment } from "../../../shared/transcript/transcript.ts";
import { endedWithout } from "./envelope.ts";
import type { Asked } from "./read-fields.ts";

/** In pieces, since the words of ten hours as one text would exhaust a Worker's memory. */
export type Answer = {
  pieces: Iterable<string | Uint8Array>;
  contentType: string;
  /** Codes of the result, for which the clients' shapes have no place. */
  warnings: string[];
};

/** @throws NoTranscriptError for a job that ended without a transcript */
export async function writeAnswer(db: D1Database, job: Job, asked: Asked): Promise<Answer> {
  if (job.status !== "completed") throw endedWithout(job);
  const warnings = (job.result?.warnings ?? []).map(({ code }) => code);
  const transcript = await loadTranscript(db, job);
  if (asked.format === "text" || asked.format === "srt" || asked.format === "vtt")
    return { ...renderTranscript(transcript, asked.format), warnings };
  const shape = SHAPES[asked.format](transcript, job, asked);
  const seconds = Math.ceil(transcript.duration);
  const usage = asked.openai ? { usage: { type: "duration", seconds } } : {};
  return { pieces: jsonPieces({ ...shape, ...usage }), contentType: "application/json", warnings };
}

const ITEMS_PER_PIECE = 500;

function* jsonPieces(value: object): Generator<string> {
  let before = "{";
  for (const [key, member] of Object.entries(value)) {
    yield `${before}${JSON.stringify(key)}:`;
    if (Array.isArray(member)) yield* listPieces(member);
    else yield JSON.stringify(member);
    before = ",";
  }
  yield "}";
}

function* listPieces(list: unknown[]): Generator<string> {
  for (let n = 0; n < list.length; n += ITEMS_PER_PIECE) {
    const items = JSON.stringify(list.slice(n, n + ITEMS_PER_PIECE)).slice(1, -1);
    yield (n === 0 ? "[" : ",") + items;
  }
  yield list.length === 0 ? "[]" : "]";
}

const SHAPES = { json: writeJson, verbose_json: writeVerbose, diarized_json: writeDiarized };

/** Together's documentation reads speakers from `json` too. */
function writeJson({ text, speaker_segments }: Transcript, { options }: Job): object {
  return { text, ...(options.diarize ? { speaker_segments } : {}) };
}

function writeVerbose(transcript: Transcript, job: Job, asked: Asked): object {
  const { segments, words, speaker_segments, ...rest } = transcript;
  const code = job.task === "translate" ? "en" : transcript.language;
  return {
    task: job.task,
    ...rest,
    language: asked.openai ? (languageName(code) ?? code) : transcript.language,
    segments: segments.map((segment, n) => strictSegment(segment, n, job.options.temperature)),
    ...(asked.words ? { words } : {}),
    ...(job.options.diarize ? { speaker_segments } : {}),
  };
}

/**
 * A segment with all ten keys that OpenAI's clients require. The speech API gives four. What can be computed is
 * computed. Two numbers are unknown and set to 0, for which no client drops a segment. A server's own values stay.
 */
function strictSegment(segment: TranscriptSegment, n: number, temperature: number): object {
  return {
    seek: Math.floor(segment.start * 100), // in Whisper's unit of 10 ms
    tokens: [],
    temperature,
    avg_logprob: 0,
    compression_ratio: compressionRatio(segment.text),
    no_speech_prob: 0,
    ...segment,
    id: typeof segment.id === "number" ? segment.id : n,
  };
}

/** As Whisper defines it: above 2.4, the text may be a loop. */
function compressionRatio(text: string): number {
  const bytes = new TextEncoder().encode(text);
  return bytes.byteLength === 0 ? 1 : bytes.byteLength / deflateSync(bytes).byteLength;
}

/** The response of OpenAI's `gpt-4o-transcribe-diarize`. Speakers are letters, in the order they first speak. */
function writeDiarized({ text, duration, speaker_segments }: Transcript, { task }: Job): object {
  const speakers = [...new Set(speaker_segments.map((segment) => segment.speaker_id))];
  const segments = speaker_segments.map((segment: SpeakerSegment, n) => ({
    type: "transcript.text.segment",
    id: `seg_${n}`,
    start: segment.start,
    end: segment.end,
    text: segment.text,
    speaker: letterOf(speakers.indexOf(segment.speaker_id)),
  }));
  return { task, duration, text, segments };
}

/** A to Z, then AA to AZ and so on. */
function letterOf(n: number): string {
  const last = String.fromCharCode(65 + (n % 26));
  return n < 26 ? last : letterOf(Math.floor(n / 26) - 1) + last;
}
