import { isRecord } from "../is-record.ts";
import { joinTokens, tokensOf } from "./join-words.ts";
import {
  NO_SPEAKER,
  type SpeakerSegment,
  type TranscriptId,
  type TranscriptSegment,
  type TranscriptWord,
} from "./transcript.ts";
import { KEYS, unknownKeys } from "./transcript-keys.ts";

/**
 * Reads the lists of an answer, item by item, by hand: a long transcript has 100,000 words, each of them twice.
 * An item that needs no repair is used as it is.
 */

/** Why an answer is refused, as a sentence; readers add to a list so that an item costs no result object. */
export type Problem = string;

type Item = Record<string, unknown>;

/** Some servers write a segment's words inside it; they are kept once, in the transcript's own list. */
const SEGMENT_KEYS = [...KEYS.segment, "words"];

/** Longer than any recording (31 years); above it a number is no time but damage. */
const MAX_SECONDS = 1e9;

/** A time or length in seconds, given as a number or its text (OpenAI once wrote `duration` so); else undefined. */
export function readSeconds(value: unknown): number | undefined {
  const seconds = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof seconds === "number" && seconds >= 0 && seconds <= MAX_SECONDS ? seconds : undefined;
}

export function latestEnd(items: readonly { end: number }[]): number {
  let latest = 0;
  for (const item of items) if (item.end > latest) latest = item.end;
  return latest;
}

export function readSegments(value: unknown, problems: Problem[]): TranscriptSegment[] {
  return readList(value, "segments", problems, 0, (item, id, after) => {
    if (typeof item.text !== "string") return undefined;
    const { start, end } = readTimes(item, after);
    return { id, start, end, text: item.text, ...unknownKeys(item, SEGMENT_KEYS) };
  });
}

export function readWords(value: unknown, path: string, problems: Problem[], from = 0): TranscriptWord[] {
  return readList(value, path, problems, from, (item, id, after) => {
    if (isWord(item)) return item;
    if (typeof item.word !== "string") return undefined;
    const speaker = readSpeaker(item.speaker_id);
    return {
      id,
      word: item.word,
      ...readTimes(item, after),
      ...(speaker === undefined ? {} : { speaker_id: speaker }),
      ...unknownKeys(item, KEYS.word),
    };
  });
}

/** Each word of a turn gets the turn's speaker if it names none; a turn without text gets its words. */
export function readSpeakerSegments(value: unknown, problems: Problem[]): SpeakerSegment[] {
  return readList(value, "speaker_segments", problems, 0, (item, id, after, index) => {
    const words = readWords(
      item.words,
      `speaker_segments[${index}].words`,
      problems,
      readTimes(item, after).start,
    );
    const speaker =
      readSpeaker(item.speaker_id) ?? words.find((word) => word.speaker_id)?.speaker_id ?? NO_SPEAKER;
    const start = readSeconds(item.start) ?? words[0]?.start ?? after;
    return {
      id,
      speaker_id: speaker,
      start,
      end: Math.max(readSeconds(item.end) ?? latestEnd(words), start),
      text: typeof item.text === "string" ? item.text : joinTokens(tokensOf(words, "")),
      words: words.map((word) => (word.speaker_id === undefined ? { ...word, speaker_id: speaker } : word)),
      ...unknownKeys(item, KEYS.speakerSegment),
    };
  });
}

/** `read` gives undefined when the item lacks its own text; `after` is the end of the item before, at first `from`. */
function readList<T extends { id: TranscriptId; end: number }>(
  value: unknown,
  path: string,
  problems: Problem[],
  from: number,
  read: (item: Item, id: TranscriptId, after: number, index: number) => T | undefined,
): T[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    problems.push(`${path} is not a list`);
    return [];
  }
  const items: T[] = [];
  let nextId = firstFreeId(value);
  let after = from;
  for (const raw of value) {
    const item = isRecord(raw) ? read(raw, isId(raw.id) ? raw.id : nextId, after, items.length) : undefined;
    if (item === undefined) {
      problems.push(`${path}[${items.length}] has no text`);
      return [];
    }
    if (item.id === nextId) nextId++;
    after = item.end;
    items.push(item);
  }
  return items;
}

/** Where numbering of items without an id starts: above the ids that are there. */
function firstFreeId(items: readonly unknown[]): number {
  let free = 0;
  for (const item of items) {
    if (isRecord(item) && typeof item.id === "number" && item.id >= free) free = Math.floor(item.id) + 1;
  }
  return free;
}

function isId(value: unknown): value is TranscriptId {
  return typeof value === "number" || typeof value === "string";
}

function readTimes(item: Item, after: number): { start: number; end: number } {
  const start = readSeconds(item.start) ?? after;
  return { start, end: Math.max(readSeconds(item.end) ?? start, start) };
}

/** Together writes `SPEAKER_00`; a bare number is written the same way. */
function readSpeaker(value: unknown): string | undefined {
  if (typeof value === "number" && Number.isInteger(value))
    return `SPEAKER_${String(value).padStart(2, "0")}`;
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Whether the item is a word as it stands: right types, sound times. */
function isWord(item: Item): item is Item & TranscriptWord {
  const { id, word, start, end, speaker_id: speaker } = item;
  return (
    isId(id) &&
    typeof word === "string" &&
    typeof start === "number" &&
    typeof end === "number" &&
    start >= 0 &&
    end >= start &&
    end <= MAX_SECONDS &&
    (speaker === undefined || (typeof speaker === "string" && speaker !== ""))
  );
}
