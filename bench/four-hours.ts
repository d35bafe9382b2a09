/**
 * The longest recording the speech API takes, in one request: a second less than 4 hours, 40,000 words, 4 speakers, as WAV and as MP3.
 * Every word must be right, said by the right speaker, at its time ± 50 ms; the transcript in D1 must be, to the byte,
 * what was hashed. Every isolate, the simulators' too, gets the 128 MB of JavaScript heap that Cloudflare gives, and
 * one that needed more would take workerd down. Run: node bench/four-hours.ts [--words 40000] [--hours 4]. Needs
 * ffmpeg; peak memory on Linux only.
 */
import { createHash } from "node:crypto";
import { openAsBlob } from "node:fs";
import { parseArgs } from "node:util";
import { randomScript } from "../dev/marker-speech/random-script.ts";
import { parseTranscript } from "../shared/transcript/parse-transcript.ts";
import { MAX_SLICE_BYTES } from "../shared/transcript/slices.ts";
import { compareWithTruth } from "../tests/support/audio/compare-with-truth.ts";
import { encode, type Recording, record } from "../tests/support/audio/recordings.ts";
import { startDiarist } from "../tests/support/stack/diarist.ts";
import { watchIsolate } from "./support/isolate-memory.ts";
import { printTable, requireAtMost } from "./support/table.ts";
import { peakMegabytesOfWorkerd } from "./support/workerd-memory.ts";

const { values } = parseArgs({
  options: { words: { type: "string", default: "40000" }, hours: { type: "string", default: "4" } },
});
process.env["MINIFLARE_WORKERD_V8_FLAGS"] ??= "--max-heap-size=128";
const words = Number(values.words);
/** An MP3 lasts some 0.1 s longer than what it was made from, and more than 4 hours would not go in one request. */
const ROOM_SECONDS = 1;
const seconds = Number(values.hours) * 3600 - ROOM_SECONDS;

console.log(`${words} words, 4 speakers, ${seconds} s; making the recordings (kept in build/test-audio/) …`);
const wav = await record(randomScript({ words, speakers: 4, seconds, seed: 4 }));
const mp3 = await encode(wav, "mp3", "-b:a 64k");
const rows = [await measure("WAV", "audio/wav", wav), await measure("MP3 64k", "audio/mpeg", mp3)];
printTable(
  [
    "",
    "MB",
    "upload s",
    "transcription s",
    "of which the speech API s",
    "word, speaker and time errors",
    "verbose_json MB",
    "slices in D1",
    "largest slice, bytes",
    "as hashed",
    "transcribe isolate, MB",
    "peak RSS of workerd, MB",
  ],
  rows,
);
process.exit();

async function measure(name: string, type: string, recording: Recording): Promise<(string | number)[]> {
  const file = await openAsBlob(recording.path); // read while it is sent
  const diarist = await startDiarist({ inspect: true });
  const inspector = diarist.stack.inspectorUrl;
  const isolate = inspector && (await watchIsolate(inspector, "diarist-transcribe"));
  const started = performance.now();
  const response = await diarist.call("/v1/jobs?reuse=false", {
    method: "POST",
    headers: { "content-type": type },
    body: file,
  });
  if (!response.ok) throw new Error(await response.text());
  const { id } = (await response.json()) as { id: string };
  const uploaded = performance.now();
  const job = await diarist.finished(id);
  const finished = performance.now();
  if (job.status !== "completed") throw new Error(`${id} is ${job.status}: ${JSON.stringify(job.error)}`);

  const answer = await diarist.call(`/v1/jobs/${id}/transcript`);
  const json = Buffer.from(await answer.arrayBuffer());
  const parsed = parseTranscript(json.toString());
  const errors = parsed.ok ? compareWithTruth(parsed.value, recording.truth) : [parsed.error.detail];
  for (const error of errors) console.error(`${name}: ${error}`);

  const slices = await readSlices(diarist.stack.db, id);
  const hash = createHash("sha256").update(slices.join("")).digest("hex");
  const sameHash = hash === job.result?.transcript_sha256 && json.equals(Buffer.from(slices.join("")));
  const largest = Math.max(...slices.map((slice) => Buffer.byteLength(slice)));
  requireAtMost(`${name}: errors`, errors.length, 0);
  requireAtMost(`${name}: differences between what is stored and what was hashed`, Number(!sameHash), 0);
  requireAtMost(`${name}: the largest slice in bytes`, largest, MAX_SLICE_BYTES);

  const [call] = await diarist.calls();
  const peak = await peakMegabytesOfWorkerd();
  await diarist.close();
  return [
    name,
    (file.size / 1e6).toFixed(1),
    ((uploaded - started) / 1000).toFixed(1),
    ((finished - uploaded) / 1000).toFixed(1),
    ((call?.took_ms ?? 0) / 1000).toFixed(1),
    errors.length,
    (json.byteLength / 1e6).toFixed(1),
    slices.length,
    largest,
    sameHash ? "yes" : "NO",
    isolate?.stop().toFixed(0) ?? "",
    peak?.toFixed(0) ?? "",
  ];
}

async function readSlices(db: D1Database, jobId: string): Promise<string[]> {
  const slices: string[] = [];
  for (;;) {
    // One at a time: all at once would be one answer of many megabytes.
    const row = await db
      .prepare("SELECT text FROM transcript_slices WHERE job_id = ? AND n = ?")
      .bind(jobId, slices.length)
      .first<{ text: string }>();
    if (!row) return slices;
    slices.push(row.text);
  }
}
