import { createHash } from "node:crypto";
import type { Job, JobResult } from "../../../shared/job.ts";
import { log } from "../../../shared/log.ts";
import type { Part } from "../../../shared/part.ts";
import { err, ok, type Result } from "../../../shared/result.ts";
import { digestPart, type PartDigest } from "../../../shared/stitch/digest-part.ts";
import { joinParts } from "../../../shared/stitch/join-parts.ts";
import { linkSpeakers, needsIdentification } from "../../../shared/stitch/speakers/link-speakers.ts";
import type { SpeakerLink } from "../../../shared/stitch/speakers/speaker-link.ts";
import { Stitcher } from "../../../shared/stitch/stitcher.ts";
import { slicePieces, TranscriptJson } from "../../../shared/stitch/transcript-json.ts";
import { readAnswer } from "../../../shared/storage/kept-answers.ts";
import { saveSearchBlocks } from "../../../shared/storage/search.ts";
import { saveSlices } from "../../../shared/storage/transcripts.ts";
import { serializeTranscript } from "../../../shared/transcript/serialize-transcript.ts";
import { sliceText } from "../../../shared/transcript/slices.ts";
import {
  summarizeTranscript,
  type Transcript,
  type TranscriptSummary,
} from "../../../shared/transcript/transcript.ts";
import type { Deps } from "../deps.ts";
import type { Outcome } from "../outcome.ts";
import { combineAnswers, purposesOf } from "../speech/part-answers.ts";
import { type HeardAnswer, readHeard } from "../speech/read-answer.ts";
import { identifySpeakers } from "./identify-speakers.ts";
import { TranscriptIndex } from "./transcript-index.ts";

type Assembled = { result: JobResult; upstreamMs: number };

/** Makes one transcript out of the parts' answers and saves it for this attempt. The job is not completed yet. */
export async function assemble(
  deps: Deps,
  job: Job,
  parts: Part[],
  only: HeardAnswer | null,
  begun: number,
  signal: AbortSignal,
): Promise<Result<Assembled, Outcome>> {
  const upstreamMs = parts.reduce((sum, part) => sum + part.upstreamMs, 0);
  const [first, ...others] = parts;
  if (!first) throw new Error(`${job.id} has no parts`);
  const lacks = new Set<string>();
  const read = async (part: Part) => {
    const heard = only ?? (await readPart(deps, job, part));
    if (heard.isEstimated) lacks.add("words_not_available");
    return heard.transcript;
  };
  const index = new TranscriptIndex();
  if (others.length === 0 && first.start === 0) {
    const transcript = await read(first);
    index.add(transcript);
    const summary = summarizeTranscript(transcript);
    return save(deps, job, sliceText(serializeTranscript(transcript)), summary, index, [], upstreamMs);
  }
  const digests = await digestParts(parts, read);
  const joins = joinParts(digests);
  const maxSpeakers = job.options.max_speakers ?? undefined;
  let linked = linkSpeakers(digests, joins, { maxSpeakers });
  let identificationMs = 0;
  if (job.options.diarize && needsIdentification(linked)) {
    const identified = await identifySpeakers(deps, job, digests, begun, signal);
    if (!identified.ok) return identified;
    linked = linkSpeakers(digests, joins, { votes: identified.value.votes, maxSpeakers });
    identificationMs = identified.value.upstreamMs;
  }
  const weak = linked.links.filter((link) => link.weak).length;
  log("job.speakers_linked", { job_id: job.id, speakers: linked.speakers.length, weak });

  const stitcher = new Stitcher(
    joins.map((join) => join.seam),
    linked.links,
  );
  const json = new TranscriptJson();
  for (const part of parts) {
    const transcript = await read(part);
    const piece = stitcher.add({ start: part.start, end: part.end, transcript });
    index.add(piece);
    json.add(piece);
  }
  const end = stitcher.finish();
  index.add(end.piece);
  const slices = slicePieces(json.finish(end));
  const links = linked.links.map((link) => ({ ...link, part: parts[link.part]?.n ?? link.part }));
  return save(deps, job, slices, end.summary, index, links, upstreamMs + identificationMs);
}

/** Reads one answer at a time: the answers for ten hours do not fit in a Worker's memory together. */
async function digestParts(parts: Part[], read: (part: Part) => Promise<Transcript>): Promise<PartDigest[]> {
  const digests: PartDigest[] = [];
  for (const [index, part] of parts.entries()) {
    const transcript = await read(part);
    digests.push(
      digestPart({ start: part.start, end: part.end, transcript }, parts[index - 1], parts[index + 1]),
    );
  }
  return digests;
}

/** What was heard in a finished part, from its stored answers. */
async function readPart(deps: Deps, job: Job, part: Part): Promise<HeardAnswer> {
  const answers: HeardAnswer[] = [];
  const seconds = part.end - part.start;
  for (const purpose of purposesOf(job, deps.config.upstream)) {
    const raw = await readAnswer(deps, { job, part: part.n, purpose });
    if (!raw && purpose === "speakers") continue; // bought of a speech API that knows none
    const heard = raw && readHeard(raw.body, { job, seconds });
    if (!heard?.ok) throw new Error(`${job.id} part ${part.n} is done, but its answer is not there`);
    answers.push(heard.value);
  }
  return combineAnswers(answers);
}

async function save(
  deps: Deps,
  job: Job,
  slices: Iterable<string>,
  summary: TranscriptSummary,
  index: TranscriptIndex,
  links: SpeakerLink[],
  upstreamMs: number,
): Promise<Result<Assembled, Outcome>> {
  const hash = createHash("sha256");
  const saved = await saveSlices(deps.db, job, hashed(slices, hash));
  const { blocks, flags } = index.finish();
  if (!saved || !(await saveSearchBlocks(deps.db, job, blocks))) return err({ kind: "lease_lost" });
  const result: JobResult = {
    ...summary,
    transcript_sha256: hash.digest("hex"),
    reused_from: null,
    speaker_links: links,
    flags,
  };
  return ok({ result, upstreamMs });
}

function* hashed(slices: Iterable<string>, hash: { update(text: string): unknown }): Generator<string> {
  for (const slice of slices) {
    hash.update(slice);
    yield slice;
  }
}
