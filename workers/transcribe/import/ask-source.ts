import type { SourceFacts } from "../../../shared/source-facts.ts";
import type { Deps } from "../deps.ts";
import { type Continuation, checkResponse } from "./check-response.ts";
import { followRedirects } from "./follow-redirects.ts";
import type { Origin } from "./origin.ts";

const OUR_HEADERS = {
  "user-agent": "Diarist/1",
  accept: "audio/*, video/*, application/octet-stream, */*;q=0.1",
  "accept-encoding": "identity", // ranges are of the bytes as sent
};

/** What came of one request for a recording. `seen` is a sentence for the customer. */
type Asked =
  /** `who` sends the recording, or with `isRest` what was missing of it. */
  | { kind: "body"; who: string; source: SourceFacts; isRest: boolean; body: ReadableStream<Uint8Array> }
  | { kind: "nothing_left" }
  | { kind: "cannot_continue"; seen: string }
  | { kind: "refused"; seen: string; passing: boolean; isPage?: boolean };

/** Asks for the recording at `url`, or for what is missing of it. `origin` says what opens it. */
export async function askSource(
  deps: Deps,
  url: string,
  { ownHeaders, mayHaveOwn }: Origin,
  continuation: Continuation | null,
  signal: AbortSignal,
): Promise<Asked> {
  const answered = await followRedirects(deps, url, {
    headers: { ...OUR_HEADERS, ...(continuation ? rangeOf(continuation) : {}) },
    ownHeaders,
    mayHaveOwn,
    signal: signal,
  });
  if (!answered.ok) return { kind: "refused", ...answered.error };
  const { response, who } = answered.value;
  const verdict = checkResponse(response, answered.value.url, continuation);
  if (verdict.kind === "whole" || verdict.kind === "rest") {
    const { body } = response;
    if (!body) return { kind: "refused", seen: `${who} answered an empty body.`, passing: false };
    return { kind: "body", who, source: verdict.source, isRest: verdict.kind === "rest", body };
  }
  await response.body?.cancel();
  return "seen" in verdict ? { ...verdict, seen: `${who} ${verdict.seen}.` } : verdict;
}

function rangeOf({ from, source }: Continuation): Record<string, string> {
  return { range: `bytes=${from}-`, "if-range": source.validator ?? "" };
}
