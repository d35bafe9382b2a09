import { createHash } from "node:crypto";
import type { Job, JobResult } from "../../../shared/job.ts";
import { log } from "../../../shared/log.ts";
import type { Part } from "../../../shared/part.ts";
import { err, ok, type Result } from "../../../shared/result.ts";
import { apiOf, modelOf, type Provider } from "../../../shared/speech/provider.ts";
import { digestPart, type PartDigest } from "../../../shared/stitch/digest-part.ts";
import { joinParts } from "../../../shared/stitch/join-parts.ts";
import { linkSpeakers, needsIdentification } from "../../../shared/stitch/speakers/link-speakers.ts";
import type { SpeakerLink } from "../../../shared/stitch/speakers/speaker-link.ts";
import { Stitcher } from "../../../shared/stitch/stitcher.ts";
import { slicePieces, TranscriptJson } from "../../../shared/stitch/transcript-json.ts";
import { readAnswer } from "../../../shared/storage/kept-answers.ts";
import { reopenParts } from "../../../shared/storage/parts.ts";
import { saveSearchBlocks } from "../../../shared/storage/search.ts";
import { saveSlices } from "../../../shared/storage/transcripts.ts";
import { UNKNOWN_LANGUAGE } from "../../../shared/transcript/language.ts";
import { serializeTranscript } from "../../../shared/transcript/serialize-transcript.ts";
import { sliceText } from "../../../shared/transcript/slices.ts";
import { summarizeTranscript, type TranscriptSummary } from "../../../shared/transcript/transcript.ts";
import type { Deps } from "../deps.ts";
import type { Outcome } from "../outcome.ts";
import { fingerprintOf } from "../reuse/fingerprint.ts";
import { combineAnswers, type Heard, hear, purposesOf } from "../speech/part-answers.ts";
import { modelFor } from "../speech/upstream.ts";
import { identifySpeakers } from "./identify-speakers.ts";
import { TranscriptIndex } from "./transcript-index.ts";
import { warningsOf } from "./warnings-of.ts";

/** `job` has the fingerprint of what was heard, which is not what it was begun for if the speech API was changed. */
type Assembled = { job: Job; result: JobResult; upstreamMs: number; speakers: Job["speakers"] };

/** Makes one transcript out of the parts' answers and saves it for this attempt. The job is not completed yet. */
export async function assemble(
  deps: Deps,
  job: Job,
  parts: Part[],
  only: Heard | null,
  begun: number,
  signal: AbortSignal,
): Promise<Result<Assembled, Outcome>> {
  const upstreamMs = parts.reduce((sum, part) => sum + part.upstreamMs, 0);
  const [first, ...others] = parts;
  if (!first) throw new Error(`${job.id} has no parts`);
  const read = (part: Part) => only ?? readPart(deps, job, part);
  const index = new TranscriptIndex(job.voices);
  if (others.length === 0 && first.start === 0) {
    const { transcript, providers, ...how } = await read(first);
    const [provider, another] = new Set(providers);
    if (!provider || another) return askAgain(deps, job, [first.n]);
    index.add(transcript);
    const summary = summarizeTranscript(transcript);
    const slices = sliceText(serializeTranscript(transcript));
    return save(deps, job, { slices, summary, index, links: [], upstreamMs, provider, ...how });
  }
  const { digests, providers, ...how } = await digestParts(parts, read);
  const [provider, another] = new Set(providers.flat());
  if (!provider || another) {
    const isOurs = (one: Provider) => one === deps.config.upstream.provider;
    const others = parts.filter((_, at) => !providers[at]?.every(isOurs));
    return askAgain(
      deps,
      job,
      others.map(({ n }) => n),
    );
  }
  const joins = joinParts(digests);
  const maxSpeakers = job.options.max_speakers ?? undefined;
  let linked = linkSpeakers(digests, joins, { maxSpeakers });
  let identificationMs = 0;
  if (job.options.diarize && needsIdentification(linked)) {
    const identified = await identifySpeakers(deps, job, provider, digests, begun, signal);
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
    const { transcript } = await read(part);
    const piece = stitcher.add({ start: part.start, end: part.end, transcript });
    index.add(piece);
    json.add(piece);
  }
  const end = stitcher.finish();
  index.add(end.piece);
  const slices = slicePieces(json.finish(end));
  const links = linked.links.map((link) => ({ ...link, part: parts[link.part]?.n ?? link.part }));
  const { summary } = end;
  return save(deps, job, {
    slices,
    summary,
    index,
    links,
    upstreamMs: upstreamMs + identificationMs,
    provider,
    ...how,
  });
}

/** Reads one answer at a time: the answers for ten hours do not fit in a Worker's memory together. */
async function digestParts(
  parts: Part[],
  read: (part: Part) => Heard | Promise<Heard>,
): Promise<{ digests: PartDigest[]; providers: Provider[][] } & HowHeard> {
  const digests: PartDigest[] = [];
  const providers: Provider[][] = [];
  const how: HowHeard = { heard: true, isEstimated: false };
  for (const [index, part] of parts.entries()) {
    const { transcript, heard, isEstimated, providers: own } = await read(part);
    providers.push(own);
    how.heard &&= heard;
    how.isEstimated ||= isEstimated;
    digests.push(
      digestPart(
        { start: part.start, end: part.end, transcript, isEstimated },
        parts[index - 1],
        parts[index + 1],
      ),
    );
  }
  return { digests, providers, ...how };
}

/**
 * What two providers heard is never put together: the parts that another one than ours has heard are heard again.
 */
async function askAgain(deps: Deps, job: Job, parts: number[]): Promise<Result<never, Outcome>> {
  if (!(await reopenParts(deps.db, job, parts))) return err({ kind: "lease_lost" });
  log("job.heard_by_two", { job_id: job.id, again: parts.length });
  return err({ kind: "defer", until: deps.now(), reason: "speech_api_changed" });
}

/** What was heard of a finished part, from its stored answers. */
async function readPart(deps: Deps, job: Job, part: Part): Promise<Heard> {
  const answers: Heard[] = [];
  for (const purpose of purposesOf(job, deps.config.upstream)) {
    const raw = await readAnswer(deps, { job, part: part.n, purpose });
    if (!raw && purpose === "speakers") continue; // bought of a speech API that knows none
    const heard = raw && hear(raw, { job, seconds: part.end - part.start });
    if (!heard?.ok) throw new Error(`${job.id} part ${part.n} is done, but its answer is not there`);
    answers.push(heard.value);
  }
  return combineAnswers(answers);
}

type Whole = {
  slices: Iterable<string>;
  summary: TranscriptSummary;
  index: TranscriptIndex;
  links: SpeakerLink[];
  upstreamMs: number;
  provider: Provider;
} & HowHeard;

type HowHeard = Pick<Heard, "heard" | "isEstimated">;

async function save(
  deps: Deps,
  job: Job,
  { slices, summary, index, links, upstreamMs, provider, ...how }: Whole,
): Promise<Result<Assembled, Outcome>> {
  const hash = createHash("sha256");
  const saved = await saveSlices(deps.db, job, hashed(slices, hash));
  const { blocks, flags, speakers } = index.finish();
  if (!saved || !(await saveSearchBlocks(deps.db, job, blocks))) return err({ kind: "lease_lost" });
  const result: JobResult = {
    ...summary,
    language: !how.heard && summary.language === UNKNOWN_LANGUAGE ? null : summary.language,
    transcript_sha256: hash.digest("hex"),
    reused_from: null,
    speaker_links: links,
    flags,
    speech: { api: apiOf(provider), model: modelFor(job, modelOf(provider)) },
    warnings: warningsOf(job, summary, how),
  };
  const fingerprint = job.fingerprint && (await fingerprintOf(job, provider));
  return ok({ job: { ...job, fingerprint }, result, upstreamMs, speakers });
}

function* hashed(slices: Iterable<string>, hash: { update(text: string): unknown }): Generator<string> {
  for (const slice of slices) {
    hash.update(slice);
    yield slice;
  }
}
