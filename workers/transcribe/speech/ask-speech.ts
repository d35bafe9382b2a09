import { UPSTREAM_TIMEOUT_MS } from "../../../shared/limits.ts";
import { err, ok, type Result } from "../../../shared/result.ts";
import { apiOf, type SpeechApi } from "../../../shared/speech/provider.ts";
import { sendToOpenAi } from "./openai.ts";
import { problem, type SpeechProblem } from "./speech-problem.ts";
import { sendToTogether } from "./together.ts";
import type { SendSpeech, SpeechRequest, Upstream } from "./upstream.ts";

/** The local engine and the stand-in speak as Together does. */
const SEND: Record<SpeechApi, SendSpeech> = {
  together: sendToTogether,
  local: sendToTogether,
  "stand-in": sendToTogether,
  openai: sendToOpenAi,
};

/**
 * @returns the answer's body as it came, unread, and whether any word in it was heard; a problem for anything but a
 * 2xx with a body
 */
export async function askSpeech(
  api: Upstream,
  request: SpeechRequest,
  deps: { fetch: typeof fetch; now: () => number },
  signal: AbortSignal,
): Promise<Result<{ body: string; heard: boolean }, SpeechProblem>> {
  // The SDKs' and fetch's own timeouts end when the headers are there; this one covers the body too.
  const deadline = AbortSignal.timeout(UPSTREAM_TIMEOUT_MS);
  let response: Response | undefined;
  try {
    const sent = await SEND[apiOf(api.provider)](api, request, deps, AbortSignal.any([signal, deadline]));
    if (!sent.ok) return sent;
    response = sent.value;
    const body = await response.text();
    if (body.trim() === "") return err(unusable(response, "an empty answer"));
    return ok({ body, heard: !isMadeUp(api, response) });
  } catch (error) {
    if (deadline.aborted || (error instanceof DOMException && error.name === "TimeoutError")) {
      const detail = `no answer within ${UPSTREAM_TIMEOUT_MS / 60_000} minutes`;
      return err({ ...unusable(response, detail), isTimeout: true });
    }
    if (response) return err(unusable(response, "an answer that breaks off"));
    return err(problem("unavailable", "no answer: the connection failed"));
  }
}

/** The stand-in says of itself that it only found where somebody speaks; no other speech API is asked. */
function isMadeUp({ provider }: Upstream, { headers }: Response): boolean {
  return apiOf(provider) === "stand-in" && headers.get("x-stand-in") === "unmarked-audio";
}

/** The call was made and may be billed, but its result is lost. */
function unusable(response: Response | undefined, detail: string): SpeechProblem {
  const httpStatus = response?.status ?? null;
  return problem("processing_failed", detail, {
    httpStatus,
    upstreamId: response?.headers.get("cf-ray") ?? null,
  });
}
