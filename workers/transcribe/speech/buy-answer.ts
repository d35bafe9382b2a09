import { type Failure, failure } from "../../../shared/failure.ts";
import type { Job } from "../../../shared/job.ts";
import { LONGEST_PART_SECONDS, MAX_FAILURES } from "../../../shared/limits.ts";
import { log } from "../../../shared/log.ts";
import type { PartAudio } from "../../../shared/part.ts";
import { backoffMs } from "../../../shared/queue/backoff.ts";
import { err, ok, type Result } from "../../../shared/result.ts";
import { apiOf } from "../../../shared/speech/provider.ts";
import {
  ANSWERED,
  type Call,
  closeCall,
  mayStillBeAnswered,
  openCall,
  wasFetched,
} from "../../../shared/storage/calls.ts";
import {
  closeGate,
  closeStorageGate,
  countRefusals,
  storageAwaySince,
} from "../../../shared/storage/gates.ts";
import { readAnswer, removeAnswer } from "../../../shared/storage/kept-answers.ts";
import { learn, noteLength, readSpeechState, type SpeechTraits } from "../../../shared/storage/providers.ts";
import type { Answer } from "../../../shared/storage/raw-answers.ts";
import type { Deps } from "../deps.ts";
import { deferTo, fail, type Outcome } from "../outcome.ts";
import { askSpeech } from "./ask-speech.ts";
import { keepAnswer } from "./keep-answer.ts";
import { offerAudio, tooLargeCode } from "./offer-audio.ts";
import { type Heard, hear, namesSpeakers } from "./part-answers.ts";
import type { SpeechProblem } from "./speech-problem.ts";
import { learnedAs, modelFor, takesUrl } from "./upstream.ts";

type Bought = Heard & { upstreamMs: number };

/** An earlier call of an ended job may still be running: look again after this time. */
const LOOK_AGAIN_MS = 5_000;
/** Finding no way to the speech API takes less; a call that was taken and then broke off may be billed. */
const NEVER_CONNECTED_MS = 2_000;
/** Edges wait some 100 s for an answer; a connection that breaks off earlier did not break off for its length. */
const EDGE_PATIENCE_MS = 90_000;
/** Backoff when the speech API says wait but not how long: between half of it and all of it, doubled each time. */
const UNTOLD_WAIT = { baseMs: 20_000, maxMs: 5 * 60_000 };
/** The gate is never closed for longer: one wrong header must not stop all calls for a year. */
const LONGEST_WAIT_MS = 60 * 60_000;
const UNAUTHORIZED_WAIT_MS = 60_000;
/** Doubled each time, so that an outage of some minutes does not fail the jobs that meet it. */
const UNAVAILABLE_PAUSE_MS = 60_000;

/**
 * The speech API's answer for one call, paid for at most once. A stored answer is used, unless another provider gave it. A
 * new call is in the ledger before it is made, and its answer is kept before anything else is done with it.
 * @param begun when this invocation began
 */
export async function buyAnswer(
  deps: Deps,
  call: Call,
  audio: PartAudio,
  begun: number,
  signal: AbortSignal,
): Promise<Result<Bought, Outcome>> {
  const { job } = call;
  const { upstream } = deps.config;
  const { provider } = upstream;
  const stored = await readAnswer(deps, call);
  if (stored?.provider === provider) return read(deps, call, stored);

  const { gate, traits } = await readSpeechState(deps.db, learnedAs(job, upstream), deps.now());
  if (gate) return err(deferTo(deps, gate.closedUntil, gate.reason));
  if (await mayStillBeAnswered(deps.db, call, deps.now())) {
    return err(deferTo(deps, deps.now() + LOOK_AGAIN_MS, "earlier_call_in_progress"));
  }
  const api = { ...upstream, traits };
  const file = await offerAudio(deps, call, audio, takesUrl(api));
  if (!file.ok) return err(fail(file.error));
  // Removed before there is another: two answers for one call would be one too many.
  if (stored) await removeAnswer(deps, call);

  const started = deps.now();
  await openCall(deps.db, call, started);
  const isForSpeakers = call.purpose !== "text";
  const request = {
    model: modelFor(job, api.model),
    task: isForSpeakers ? ("transcribe" as const) : job.task,
    options: optionsFor(call),
    diarize: isForSpeakers || (job.task === "transcribe" && job.options.diarize),
    file: file.value,
  };
  const answer = await askSpeech(api, request, deps, signal);
  const ended = deps.now();
  if (!answer.ok) {
    const problem = await classifyBreak(deps, call, answer.error, ended - started);
    const { kind, httpStatus, upstreamId } = problem;
    await closeCall(deps.db, call, { outcome: kind, httpStatus, upstreamId }, ended);
    if (problem.isTimeout && !signal.aborted) await noteLong(deps, call, true);
    log("upstream.refused", { job_id: job.id, kind, status: httpStatus, upstream_id: upstreamId });
    const unserved =
      typeof file.value === "string" ? await waitUnserved(deps, problem, started, ended) : null;
    if (unserved) return err(unserved);
    if (problem.teaches && (await isLesson(deps, call, problem.teaches))) {
      await learn(deps.db, learnedAs(job, upstream), problem.teaches, deps.now());
      log("upstream.taught", problem.teaches);
      // The refusal cost nothing, and the next call is made as the speech API wants it.
      return err({ kind: "defer", until: deps.now(), reason: "speech_api_learned" });
    }
    return err(await decide(deps, call, problem));
  }
  const bought = { ...answer.value, upstreamMs: ended - started, provider };
  await keepAnswer(deps, call, bought, begun);
  log("upstream.answered", {
    job_id: job.id,
    part: call.part,
    attempt: call.attempt,
    purpose: call.purpose,
    provider,
  });
  await closeCall(deps.db, call, { outcome: ANSWERED, httpStatus: 200, upstreamId: null }, ended);
  const heard = await read(deps, call, bought);
  if (!heard.ok) return heard;
  await noteLong(deps, call, false);
  const isNew = apiOf(provider) === "openai" && traits.knowsSpeakers === undefined;
  if (isNew && namesSpeakers(heard.value.transcript)) {
    await learn(deps.db, learnedAs(job, upstream), { knowsSpeakers: true }, deps.now());
  }
  return heard;
}

/** Who has fetched the audio takes URLs, whatever it says of the file. */
async function isLesson(deps: Deps, call: Call, { takesUrl }: SpeechTraits): Promise<boolean> {
  return takesUrl !== false || !(await wasFetched(deps.db, call));
}

/** Refusals that may only say that the audio could not be had from us. */
const MAY_BE_UNSERVED: SpeechProblem["kind"][] = ["invalid_params", "unsupported_format"];
/** A write that takes as long was tried again. */
const TRIED_AGAIN_MS = 500;

/**
 * What the speech API refuses while storage is away is not final: `/media`, which could not serve the audio, has closed the
 * gate; or it could not even do that, and neither could the call be closed at once.
 */
async function waitUnserved(
  deps: Deps,
  { kind }: SpeechProblem,
  started: number,
  ended: number,
): Promise<Outcome | null> {
  if (!MAY_BE_UNSERVED.includes(kind)) return null;
  const now = deps.now();
  const isLate = now - ended >= TRIED_AGAIN_MS;
  const away =
    (await storageAwaySince(deps.db, started)) ??
    (isLate ? await closeStorageGate(deps.db, now, deps.random()) : null);
  return away && deferTo(deps, Math.max(away.closedUntil, now), away.reason);
}

/**
 * A connection that breaks without a status says nothing of how far the speech API had come. It is taken for one that
 * was never made, and so cost nothing, only if it broke at once and nobody asked us for the audio.
 */
async function classifyBreak(
  deps: Deps,
  call: Call,
  problem: SpeechProblem,
  afterMs: number,
): Promise<SpeechProblem> {
  if (problem.kind !== "unavailable") return problem;
  if (afterMs < NEVER_CONNECTED_MS && !(await wasFetched(deps.db, call))) return problem;
  const detail = "no answer: the connection broke off";
  return { ...problem, kind: "processing_failed", detail, isTimeout: afterMs >= EDGE_PATIENCE_MS };
}

/** Only long calls can teach how long a call may be. */
async function noteLong(deps: Deps, { job, seconds }: Call, timedOut: boolean): Promise<void> {
  if (seconds <= LONGEST_PART_SECONDS) return;
  await noteLength(deps.db, learnedAs(job, deps.config.upstream), { seconds, timedOut }, deps.now());
}

/** min_speakers applies to the whole recording, not to a part. */
function optionsFor({ job, purpose, seconds }: Call): Job["options"] {
  const isWhole = seconds >= (job.audio.duration ?? 0);
  return isWhole || purpose === "identify_speakers" ? job.options : { ...job.options, min_speakers: null };
}

/** An answer that is not a transcript (HTML, cut off) is removed, so that the next attempt asks again. */
async function read(deps: Deps, call: Call, answer: Answer): Promise<Result<Bought, Outcome>> {
  const heard = hear(answer, call);
  if (heard.ok) return ok({ ...heard.value, upstreamMs: answer.upstreamMs });
  await removeAnswer(deps, call);
  log("upstream.answer_unusable", { job_id: call.job.id, reason: heard.error.reason });
  const message = `The speech API answered no transcript (${heard.error.reason}).`;
  return err({ kind: "upstream_failed", failure: failure("processing_failed", message), isTimeout: false });
}

async function decide(deps: Deps, call: Call, problem: SpeechProblem): Promise<Outcome> {
  const said = (code: Failure["code"]) =>
    failure(code, `The speech API said: ${problem.detail}`, problem.upstreamId);
  switch (problem.kind) {
    case "audio_too_long":
    case "file_too_large":
    case "unsupported_format":
    case "invalid_params":
      return fail(said(problem.kind));
    case "direct_upload_too_large":
      return fail(said(tooLargeCode(deps.config.upstream)));
    case "processing_failed":
      return { kind: "upstream_failed", failure: said("processing_failed"), isTimeout: problem.isTimeout };
    case "unavailable":
      return {
        kind: "retry",
        failure: said("upstream_unavailable"),
        atMost: MAX_FAILURES,
        pauseMs: UNAVAILABLE_PAUSE_MS,
      };
    case "rate_limited":
      return problem.waitMs === null
        ? backOff(deps)
        : closeAndWait(deps, Math.min(problem.waitMs, LONGEST_WAIT_MS), "rate_limited");
    case "unauthorized":
      log("operator.upstream_unauthorized", { status: problem.httpStatus, job_id: call.job.id });
      return closeAndWait(deps, UNAUTHORIZED_WAIT_MS, "upstream_unauthorized");
  }
}

/** The wait grows with each refusal without an answer in between. */
async function backOff(deps: Deps): Promise<Outcome> {
  const refusals = 1 + (await countRefusals(deps.db, deps.now()));
  const waitMs = backoffMs(refusals, deps.random(), UNTOLD_WAIT);
  return closeAndWait(deps, waitMs, "rate_limited", refusals);
}

async function closeAndWait(deps: Deps, waitMs: number, reason: string, refusals = 0): Promise<Outcome> {
  const closedUntil = deps.now() + waitMs;
  await closeGate(deps.db, { closedUntil, reason }, refusals);
  return deferTo(deps, closedUntil, reason);
}
