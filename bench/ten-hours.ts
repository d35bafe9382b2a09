/**
 * Ten hours, 100,000 words, 6 speakers of whom two are silent around every seam and one comes in after hour 7, as WAV
 * (above 1 GB), MP3, M4A, Opus in WebM and FLAC. Every word must be right and there once, said by the right speaker, at
 * its time ± 50 ms. Then the MP3 once more with a speech API that takes a second for a minute of audio: it must end
 * within 1.3 × the ideal, all the audio through the calls at once plus the slowest part. Every isolate gets 128 MB.
 * Run: node bench/ten-hours.ts [--formats wav,mp3] [--hours 10] [--words 100000] [--pace 1; 0: not]. Needs ffmpeg.
 */
import { openAsBlob } from "node:fs";
import { stat } from "node:fs/promises";
import { parseArgs } from "node:util";
import { recognise } from "../dev/recognise/recognise.ts";
import {
  DEFAULT_PART_MINUTES,
  DEFAULT_UPSTREAM_CONCURRENCY,
  TENANT_CONCURRENCY_FRACTION,
} from "../shared/limits.ts";
import { parseTranscript } from "../shared/transcript/parse-transcript.ts";
import { createRecogniser } from "../tests/support/audio/recogniser.ts";
import { encode, type Recording, record } from "../tests/support/audio/recordings.ts";
import { startDiarist } from "../tests/support/stack/diarist.ts";
import { watchIsolate } from "./support/isolate-memory.ts";
import { longMeeting } from "./support/long-meeting.ts";
import { type Score, scoreTranscript } from "./support/score-transcript.ts";
import { printTable, requireAtMost } from "./support/table.ts";

const { values } = parseArgs({
  options: {
    formats: { type: "string", default: "wav,mp3,m4a,webm,flac" },
    hours: { type: "string", default: "10" },
    words: { type: "string", default: "100000" },
    pace: { type: "string", default: "1" },
  },
});
process.env["MINIFLARE_WORKERD_V8_FLAGS"] ??= "--max-heap-size=128";

const FORMATS: Record<string, { type: string; ffmpeg: string | null }> = {
  wav: { type: "audio/wav", ffmpeg: null },
  mp3: { type: "audio/mpeg", ffmpeg: "-b:a 64k" },
  m4a: { type: "audio/mp4", ffmpeg: "-c:a aac -b:a 64k" },
  webm: { type: "audio/webm", ffmpeg: "-c:a libopus -b:a 24k" },
  flac: { type: "audio/flac", ffmpeg: "-c:a flac" },
};
const PACED = "mp3";
const MOST_SPEAKER_ERROR = 0.01;
const MOST_OF_IDEAL = 1.3;
const TOLERATED_MS = 50;

const hours = Number(values.hours);
const pace = Number(values.pace);
const formats = values.formats.split(",");
console.log(`${hours} h, ${values.words} words; making the recordings (kept in build/test-audio/) …`);
const wav = await record(longMeeting({ hours, words: Number(values.words), seed: 10 }));
const recordings = new Map<string, Recording>();
for (const name of formats) {
  const args = FORMATS[name]?.ffmpeg;
  if (args === undefined) throw new Error(`no format "${name}"; there are ${Object.keys(FORMATS)}`);
  recordings.set(name, args === null ? wav : await encode(wav, name, args));
}

// Parts are cut alike each time, so that in the paced run the stand-in knows them and its own listening takes no time.
const recogniser = createRecogniser(recognise);
const rows: (string | number)[][] = [];
for (const [name, recording] of recordings) rows.push(await measure(name, recording));
printTable(
  [
    "",
    "MB",
    "parts",
    "calls",
    "word errors",
    "furthest off, ms",
    "wrong speaker, % of time",
    "speakers",
    "weak links",
    "seconds heard / recorded",
    "transcribe's isolate, MB",
    "transcription s",
  ],
  rows,
);
const paced = recordings.get(PACED);
if (pace > 0 && paced) await measurePace(paced);
process.exit();

async function measure(name: string, recording: Recording): Promise<(string | number)[]> {
  const diarist = await startDiarist({ inspect: true, recognise: recogniser });
  const inspector = diarist.stack.inspectorUrl;
  const isolate = inspector && (await watchIsolate(inspector, "diarist-transcribe"));
  const { job, score, seconds } = await send(diarist, name, recording);
  const calls = await diarist.calls();
  const heard = calls.reduce((sum, call) => sum + (call.audio_seconds ?? 0), 0);
  const peak = isolate?.stop();
  await diarist.close();

  requireAtMost(`${name}: word errors`, score.wordErrors, 0);
  requireAtMost(`${name}: the furthest off, in ms`, score.furthestMs, TOLERATED_MS);
  requireAtMost(`${name}: share of time with the wrong speaker`, score.speakerError, MOST_SPEAKER_ERROR);
  requireAtMost(
    `${name}: speakers too many or too few`,
    Math.abs(score.speakersHeard - score.speakersTrue),
    0,
  );
  const links = job.result?.speaker_links ?? [];
  return [
    name,
    ((await stat(recording.path)).size / 1e6).toFixed(0),
    job.progress.parts_total,
    calls.length,
    score.wordErrors,
    score.furthestMs.toFixed(0),
    (100 * score.speakerError).toFixed(2),
    `${score.speakersHeard} of ${score.speakersTrue}`,
    links.filter((link) => "weak" in link && link.weak).length,
    (heard / recording.truth.duration).toFixed(3),
    peak?.toFixed(0) ?? "",
    seconds.toFixed(0),
  ];
}

async function measurePace(recording: Recording): Promise<void> {
  const diarist = await startDiarist({ recognise: recogniser });
  await diarist.control({ seconds_per_audio_minute: pace });
  const { job, seconds, slowest } = await send(diarist, PACED, recording);
  await diarist.close();
  const atOnce = Math.floor(DEFAULT_UPSTREAM_CONCURRENCY * TENANT_CONCURRENCY_FRACTION);
  const ideal = ((recording.truth.duration / 60) * pace) / atOnce + slowest;
  console.log(
    `\nAt ${pace} s for a minute, ${job.progress.parts_total} parts of ${DEFAULT_PART_MINUTES} minutes, ` +
      `${atOnce} at once: ${seconds.toFixed(1)} s, the ideal being ${ideal.toFixed(1)}: ${(seconds / ideal).toFixed(2)} ×`,
  );
  requireAtMost("the time as a multiple of the ideal", seconds / ideal, MOST_OF_IDEAL);
}

/** `seconds`: from the answer to the upload to the end of the job; `slowest`: the longest call. */
async function send(diarist: Awaited<ReturnType<typeof startDiarist>>, name: string, recording: Recording) {
  const response = await diarist.call("/v1/jobs?reuse=false", {
    method: "POST",
    headers: { "content-type": FORMATS[name]?.type ?? "" },
    body: await openAsBlob(recording.path), // read while it is sent
  });
  if (!response.ok) throw new Error(await response.text());
  const { id } = (await response.json()) as { id: string };
  const started = performance.now();
  const job = await diarist.finished(id);
  const seconds = (performance.now() - started) / 1000;
  if (job.status !== "completed") throw new Error(`${id} is ${job.status}: ${JSON.stringify(job.error)}`);
  const answer = await diarist.call(`/v1/jobs/${id}/transcript`);
  const parsed = parseTranscript(await answer.text());
  if (!parsed.ok) throw new Error(parsed.error.detail);
  const score: Score = scoreTranscript(parsed.value, recording.truth);
  for (const problem of score.problems) console.error(`${name}: ${problem}`);
  const slowest = Math.max(...(await diarist.calls()).map((call) => (call.took_ms ?? 0) / 1000));
  return { job, score, seconds, slowest };
}
