import { DEFAULT_MODEL, type Job, type JobOptions, type Task } from "../../../shared/job.ts";
import type { Result } from "../../../shared/result.ts";
import { apiOf, type Provider } from "../../../shared/speech/provider.ts";
import type { UpstreamConfig } from "../../../shared/speech/upstream-config.ts";
import type { SpeechTraits } from "../../../shared/storage/providers.ts";
import type { SpeechProblem } from "./speech-problem.ts";

/** A speech API as it is set up, and what calls have taught of it. */
export type Upstream = UpstreamConfig & { traits: SpeechTraits };

/** What is learned is learned of one model: another one of the same provider takes and tells other things. */
export function learnedAs(job: Job, { provider, model }: UpstreamConfig): Provider {
  const asked = modelFor(job, model);
  return asked === model ? provider : `${provider} ${asked}`;
}

/** The operator's model stands for the default one; a job may name another. */
export function modelFor({ options }: Job, model: string | null): string {
  return options.model === DEFAULT_MODEL && model !== null ? model : options.model;
}

/**
 * Whether one call about hours brings one set of speakers. The local engine knows speakers too, but is no faster than
 * a call may last.
 */
export function tellsSpeakersOfHours({ provider }: UpstreamConfig, traits: SpeechTraits): boolean {
  const api = apiOf(provider);
  return api === "together" || api === "stand-in" || (api === "openai" && traits.knowsSpeakers === true);
}

export function takesUrl({ takesUrl, traits }: Pick<Upstream, "takesUrl" | "traits">): boolean {
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
  api: Upstream,
  request: SpeechRequest,
  deps: { fetch: typeof fetch; now: () => number },
  signal: AbortSignal,
) => Promise<Result<Response, SpeechProblem>>;
