import { isRecord } from "../is-record.ts";
import { err, ok, type Result } from "../result.ts";
import { assignSpeakers } from "./assign-speakers.ts";
import { languageCode, UNKNOWN_LANGUAGE } from "./language.ts";
import type { Transcript } from "./transcript.ts";
import {
  latestEnd,
  type Problem,
  readSeconds,
  readSegments,
  readSpeakerSegments,
  readWords,
} from "./transcript-items.ts";
import { KEYS, unknownKeys } from "./transcript-keys.ts";
import { wordsInSegments } from "./words-in-segments.ts";

/** `detail` is for the operator: it says where the answer is wrong and quotes nothing of it. */
type TranscriptFailure = { reason: "not_json" | "not_a_transcript"; detail: string };

/**
 * Reads an answer of the speech API: a string is taken as JSON text, anything else as its parsed value, which is
 * not changed but may be shared with the transcript.
 *
 * An answer has been paid for, so what can be repaired is: a time that is missing, negative or no number becomes
 * the end of what came before, an end before its start becomes its start, missing lists are empty, missing ids are
 * numbered. Refused is only what would lose words: no text, a list that is none, a word or segment without its own text.
 */
export function parseTranscript(raw: unknown): Result<Transcript, TranscriptFailure> {
  const answer = typeof raw === "string" ? parseJson(raw) : ok(raw);
  return answer.ok ? readTranscript(answer.value) : answer;
}

function parseJson(raw: string): Result<unknown, TranscriptFailure> {
  const text = raw.charCodeAt(0) === 0xfeff ? raw.slice(1) : raw;
  try {
    return ok(JSON.parse(text));
  } catch {
    // Tried again below.
  }
  try {
    return ok(JSON.parse(withoutBareNumbers(text)));
  } catch {
    const start = text.trimStart();
    if (start === "") return err({ reason: "not_json", detail: "the answer is empty" });
    if (start.startsWith("<"))
      return err({ reason: "not_json", detail: "the answer is an HTML or XML page" });
    return err({
      reason: "not_json",
      detail: `the answer is broken or cut-off JSON (${raw.length} characters)`,
    });
  }
}

/** Python servers write NaN and Infinity, which JSON has no word for; they become null and are repaired as times. */
function withoutBareNumbers(text: string): string {
  // The first branch steps over strings. It matches from every quote on, cut off or not, so it never goes back.
  return text.replace(/"[^"\\]*(?:\\[\s\S]?[^"\\]*)*"?|-?\b(?:NaN|Infinity)\b/g, (found) =>
    found.startsWith('"') ? found : "null",
  );
}

function readTranscript(answer: unknown): Result<Transcript, TranscriptFailure> {
  if (!isRecord(answer)) return refuse(`the answer is ${nameOf(answer)}, not an object`);
  if (typeof answer.text !== "string") {
    return refuse(
      isRecord(answer.error) ? "the answer is an error, it has no text" : "the answer has no text",
    );
  }
  const problems: Problem[] = [];
  const segments = readSegments(answer.segments, problems);
  const words = readWords(
    hasItems(answer.words) ? answer.words : wordsInSegments(answer.segments),
    "words",
    problems,
  );
  const speakerSegments = readSpeakerSegments(answer.speaker_segments, problems);
  if (problems[0] !== undefined) return refuse(problems[0]);

  return ok({
    language: typeof answer.language === "string" ? languageCode(answer.language) : UNKNOWN_LANGUAGE,
    duration:
      readSeconds(answer.duration) ??
      Math.max(latestEnd(segments), latestEnd(words), latestEnd(speakerSegments)),
    text: answer.text,
    segments,
    words: assignSpeakers(words, speakerSegments),
    speaker_segments: speakerSegments,
    ...unknownKeys(answer, KEYS.transcript),
  });
}

/** Anything but an empty list or nothing: what is neither is refused where it is read. */
function hasItems(list: unknown): boolean {
  return Array.isArray(list) ? list.length > 0 : list !== undefined && list !== null;
}

function refuse(detail: string): Result<Transcript, TranscriptFailure> {
  return err({ reason: "not_a_transcript", detail });
}

function nameOf(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "nothing";
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}
