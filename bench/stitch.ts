/**
 * What it costs to make one transcript of ten hours (100,000 words) out of its parts' answers, one answer in memory at
 * a time, as workers/transcribe/assemble/assemble.ts does: reading each for the seams and speakers, linking, reading each again
 * and writing the JSON in slices. Beside it the same with all answers in memory. Run: npm run bench -- stitch
 * Heap is what is alive after a collection at every step, at its highest, above what was there before; garbage comes on
 * top, as much as the runtime leaves lying about. Fails above the stated limits.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { digestPart } from "../shared/stitch/digest-part.ts";
import type { HeardPart, PartRange } from "../shared/stitch/heard-part.ts";
import { joinParts } from "../shared/stitch/join-parts.ts";
import { linkSpeakers } from "../shared/stitch/speakers/link-speakers.ts";
import { Stitcher } from "../shared/stitch/stitcher.ts";
import { slicePieces, TranscriptJson } from "../shared/stitch/transcript-json.ts";
import { parseTranscript } from "../shared/transcript/parse-transcript.ts";
import { CLEAN, hearPart } from "../tests/support/audio/simulated-hearing.ts";
import { cutEvenly, simulateRecording } from "../tests/support/audio/simulated-recording.ts";

const WORDS = 100_000;
const SECONDS = 10 * 3600;
const OVERLAP_SECONDS = 20;
/** A string with one letter beyond Latin-1 takes two bytes for each of its letters. */
const CASES = [
  { parts: 3, script: "Latin" },
  { parts: 30, script: "Latin" },
  { parts: 30, script: "Cyrillic" },
] as const;
const ROUNDS = 3;
const MAX_SECONDS = 6;
/** Of the 128 MB of a Worker. */
const MAX_LIVE_MEGABYTES = 48;

type PartAnswer = PartRange & { body: Buffer };
/** Called wherever much is in memory. */
type Look = () => void;

setFlagsFromString("--expose-gc");
const collectGarbage: unknown = runInNewContext("gc");

/** The answers as R2 holds them: bytes outside of the heap, without the simulation's own keys. */
function answersOf(parts: number, script: "Latin" | "Cyrillic"): PartAnswer[] {
  const recording = simulateRecording({ seconds: SECONDS, words: WORDS, persons: 6 });
  return cutEvenly(recording.duration, parts, OVERLAP_SECONDS).map((range, index) => {
    const { transcript } = hearPart(recording, range, CLEAN, index + 1);
    const json = JSON.stringify(transcript, (key, value: unknown) => {
      if (key === "said") return undefined;
      return typeof value === "string" && script === "Cyrillic" && key !== "speaker_id"
        ? value.replace(/[a-z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0x3cf))
        : value;
    });
    return { ...range, body: Buffer.from(json) };
  });
}

function read({ start, end, body }: PartAnswer): HeardPart {
  const parsed = parseTranscript(body.toString());
  if (!parsed.ok) throw new Error(parsed.error.detail);
  return { start, end, transcript: parsed.value };
}

function link(answers: readonly PartAnswer[], look: Look) {
  const digests = answers.map((answer, index) => {
    const digest = digestPart(read(answer), answers[index - 1], answers[index + 1]);
    look();
    return digest;
  });
  const joins = joinParts(digests);
  return { seams: joins.map((join) => join.seam), links: linkSpeakers(digests, joins).links };
}

function stitchInPieces(answers: readonly PartAnswer[], look: Look): void {
  const { seams, links } = link(answers, look);
  const stitcher = new Stitcher(seams, links);
  const json = new TranscriptJson();
  for (const answer of answers) {
    const part = read(answer);
    const piece = stitcher.add(part);
    json.add(piece);
    look();
    // Both are alive until here.
    if (part.transcript.words.length < piece.words.length) throw new Error("more words than there were");
  }
  for (const slice of slicePieces(json.finish(stitcher.finish()))) if (slice.length > 0) look();
}

function stitchAtOnce(answers: readonly PartAnswer[], look: Look): void {
  const { seams, links } = link(answers, look);
  const parts = answers.map(read);
  const stitcher = new Stitcher(seams, links);
  const json = new TranscriptJson();
  for (const part of parts) json.add(stitcher.add(part));
  const whole = [...json.finish(stitcher.finish())].join("");
  look();
  if (whole.length < parts.length) throw new Error("nothing was written");
}

function costOf(work: (look: Look) => void): { milliseconds: number; liveMegabytes: number } {
  const times = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    work(() => {});
    return performance.now() - start;
  });
  let highest = 0;
  const look = () => {
    if (typeof collectGarbage === "function") collectGarbage();
    highest = Math.max(highest, process.memoryUsage().heapUsed);
  };
  look();
  const before = highest;
  work(look);
  return { milliseconds: Math.min(...times), liveMegabytes: (highest - before) / 1e6 };
}

console.log(`Node ${process.version}, ${process.platform} ${process.arch}, best of ${ROUNDS} rounds`);
for (const { parts, script } of CASES) {
  const answers = answersOf(parts, script);
  const megabytes = answers.reduce((sum, answer) => sum + answer.body.length, 0) / 1e6;
  console.log(`${WORDS} words in ${parts} parts, ${script}, ${megabytes.toFixed(1)} MB of answers`);
  const ways = { "part by part, in slices": stitchInPieces, "all answers at once": stitchAtOnce };
  for (const [name, work] of Object.entries(ways)) {
    const { milliseconds, liveMegabytes } = costOf((look) => work(answers, look));
    console.log(
      `  ${name.padEnd(24)} ${milliseconds.toFixed(0)} ms, ${liveMegabytes.toFixed(0)} MB alive at most`,
    );
    if (work !== stitchInPieces) continue;
    if (milliseconds > MAX_SECONDS * 1000 || liveMegabytes > MAX_LIVE_MEGABYTES) {
      console.error(`  above the limit of ${MAX_SECONDS} s or ${MAX_LIVE_MEGABYTES} MB`);
      process.exitCode = 1;
    }
  }
}
