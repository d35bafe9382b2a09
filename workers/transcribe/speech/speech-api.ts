import { DEFAULT_MODEL, type Job, type JobOptions, type Task } from "../../../shared/job.ts";
import type { Result } from "../../../shared/result.ts";
import type { SpeechTraits } from "../../../shared/storage/speech-traits.ts";
import type { SpeechConfig } from "../config.ts";
import type { SpeechProblem } from "./speech-problem.ts";

/** A speech API as it is set up, and what calls have taught of it. */
export type SpeechApi = SpeechConfig & { traits: SpeechTraits };

/** The operator's model stands for the default one; a job may name another. */
export function modelFor({ options }: Job, { model }: SpeechConfig): string {
  return options.model === DEFAULT_MODEL && model !== null ? model : options.model;
}

/** What lessons of this speech API are kept under: another address or model is another one. */
export function speechName({ kind, baseUrl, model }: SpeechConfig): string {
  return [kind, baseUrl, model ?? ""].join(" ");
}

/**
 * Whether one call about hours brings one set of speakers. The local engine knows speakers too, but is no faster than
 * a call may last.
 */
export function tellsSpeakersOfHours({ kind }: SpeechConfig, traits: SpeechTraits): boolean {
  return kind === "together" || kind === "stand-in" || (kind === "openai" && traits.knowsSpeakers === true);
}

export function takesUrl({ takesUrl, traits }: Pick<SpeechApi, "takesUrl" | "traits">): boolean {
  return takesUrl && traits.takesUrl !== false;
}

export type SpeechRequest = {
  model: string;
  task: Task;
  options: JobOptions;
  diarize: boolean;
  /** A URL that the speech API fetches, or the bytes themselves. */
  file: string | File;
};

/**
 * Makes one call. What a kind of speech API has of its own is here: how it is asked, and what its refusals mean.
 * @returns the response of a 2xx, its body unread; a problem for any other status
 * @throws what `fetch` throws when there is no response
 */
export type SendSpeech = (
  api: SpeechApi,
  request: SpeechRequest,
  deps: { fetch: typeof fetch; now: () => number },
  signal: AbortSignal,
) => Promise<Result<Response, SpeechProblem>>;
