/**
 * What it costs to make one transcript of ten hours (100,000 words) out of its parts' answers, one answer in memory at
 * a time: reading each for the seams and speakers, linking, reading each again and writing the JSON in slices. Beside
 * it what the whole transcript costs as one object. Run: node bench/stitch.ts
 * Heap is what is alive after a collection at every step, at its highest, above what was there before; garbage comes on
 * top, as much as the runtime leaves lying about. Fails above the stated limits.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { digestPart } from "../shared/stitch/digest-part.ts";
import { joinParts } from "../shared/stitch/join-parts.ts";
import type { Part, PartRange } from "../shared/stitch/part.ts";
import { linkSpeakers } from "../shared/stitch/speakers/link-speakers.ts";
import { Stitcher } from "../shared/stitch/stitcher.ts";
import { slicePieces, TranscriptJson } from "../shared/stitch/transcript-json.ts";
import { parseTranscript, serializeTranscript } from "../shared/transcript.ts";
import { CLEAN, hearPart } from "../tests/support/simulated-hearing.ts";
import { cutEvenly, simulateRecording } from "../tests/support/simulated-recording.ts";
import { stitchTranscripts } from "../tests/support/stitch-parts.ts";

const WORDS = 100_000;
const SECONDS = 10 * 3600;
const OVERLAP_SECONDS = 20;
const PART_COUNTS = [3, 30];
const ROUNDS = 3;
const MAX_SECONDS = 6;
/** Of the 128 MB of a Worker. */
const MAX_LIVE_MEGABYTES = 48;

type Answer = PartRange & { body: Buffer };
/** Called wherever much is in memory. */
type Look = () => void;

setFlagsFromString("--expose-gc");
const collectGarbage: unknown = runInNewContext("gc");

/** The answers as R2 holds them: bytes outside of the heap, without the simulation's own keys. */
function answersOf(parts: number): Answer[] {
  const recording = simulateRecording({ seconds: SECONDS, words: WORDS, persons: 6 });
  return cutEvenly(recording.duration, parts, OVERLAP_SECONDS).map((range, index) => {
    const { transcript } = hearPart(recording, range, CLEAN, index + 1);
    const json = JSON.stringify(transcript, (key, value: unknown) => (key === "said" ? undefined : value));
    return { ...range, body: Buffer.from(json) };
  });
}

function read({ start, end, body }: Answer): Part {
  const parsed = parseTranscript(body.toString());
  if (!parsed.ok) throw new Error(parsed.error.detail);
  return { start, end, transcript: parsed.value };
}

function link(answers: readonly Answer[], look: Look) {
  const digests = answers.map((answer, index) => {
    const digest = digestPart(read(answer), answers[index - 1], answers[index + 1]);
    look();
    return digest;
  });
  const joins = joinParts(digests);
  return { seams: joins.map((join) => join.seam), links: linkSpeakers(digests, joins).links };
}

function stitchInPieces(answers: readonly Answer[], look: Look): void {
  const { seams, links } = link(answers, look);
  const stitcher = new Stitcher(seams, links);
  const json = new TranscriptJson();
  for (const answer of answers) {
    const part = read(answer);
    const piece = stitcher.add(part);
    json.take(piece);
    look();
    // Both are alive until here.
    if (part.transcript.words.length < piece.words.length) throw new Error("more words than there were");
  }
  for (const slice of slicePieces(json.finish(stitcher.finish()))) if (slice.length > 0) look();
}

function stitchWhole(answers: readonly Answer[], look: Look): void {
  const { links } = link(answers, look);
  const parts = answers.map(read);
  const { transcript } = stitchTranscripts(parts, links);
  look();
  const json = serializeTranscript(transcript);
  look();
  if (json.length < parts.length) throw new Error("nothing was written");
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
for (const parts of PART_COUNTS) {
  const answers = answersOf(parts);
  const megabytes = answers.reduce((sum, answer) => sum + answer.body.length, 0) / 1e6;
  console.log(`${WORDS} words in ${parts} parts, ${megabytes.toFixed(1)} MB of answers`);
  const inPieces = costOf((look) => stitchInPieces(answers, look));
  const whole = costOf((look) => stitchWhole(answers, look));
  for (const [name, cost] of Object.entries({
    "part by part, in slices": inPieces,
    "as one object": whole,
  })) {
    console.log(
      `  ${name.padEnd(24)} ${cost.milliseconds.toFixed(0)} ms, ${cost.liveMegabytes.toFixed(0)} MB alive at most`,
    );
  }
  if (inPieces.milliseconds > MAX_SECONDS * 1000 || inPieces.liveMegabytes > MAX_LIVE_MEGABYTES) {
    console.error(`  above the limit of ${MAX_SECONDS} s or ${MAX_LIVE_MEGABYTES} MB`);
    process.exitCode = 1;
  }
}
