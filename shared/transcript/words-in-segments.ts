import { isRecord } from "../is-record.ts";

/**
 * The words of an answer that has them in its segments and nowhere else, as items of a list of words. whisper.cpp writes
 * its tokens there: one that does not begin with a space continues the word before.
 */
export function wordsInSegments(segments: unknown): Record<string, unknown>[] {
  if (!Array.isArray(segments)) return [];
  const pieces = segments.flatMap((segment) => (isRecord(segment) ? asItems(segment["words"]) : []));
  const areTokens = pieces.some(({ word }) => typeof word === "string" && /^\s/.test(word));
  if (!areTokens) return pieces;
  const words: Record<string, unknown>[] = [];
  for (const piece of pieces) {
    const last = words.at(-1);
    const { word } = piece;
    if (last && typeof last["word"] === "string" && typeof word === "string" && !/^\s/.test(word)) {
      last["word"] += word;
      last["end"] = piece["end"] ?? last["end"];
    } else words.push({ ...piece, word: typeof word === "string" ? word.trim() : word });
  }
  return words;
}

function asItems(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
