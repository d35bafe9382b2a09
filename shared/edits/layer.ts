import type { TranscriptId } from "../transcript/transcript.ts";

/**
 * What people have made of a machine's transcript, kept beside it: the transcript itself is never changed.
 * The names are by the machine's speaker ids; two ids of one name are one speaker.
 */
export type Layer = { speakers: Record<string, string>; edits: Edit[] };

/**
 * A correction of the words from id `from` to id `to`, both included: their text, whom they belong to, or both. Empty
 * text takes the words out. New words share the time of those they stand for.
 */
export type Edit = { from: TranscriptId; to: TranscriptId; text?: string; speaker?: string };

export const MACHINE: Layer = { speakers: {}, edits: [] };

/** For each speaker id the one it is shown as: the first of all that have the same name, by order of their ids. */
export function mergeByName(speakers: Readonly<Record<string, string>>): Map<string, string> {
  const first = new Map<string, string>();
  const merged = new Map<string, string>();
  for (const id of Object.keys(speakers).sort()) {
    const name = speakers[id] ?? "";
    merged.set(id, first.get(name) ?? id);
    if (!first.has(name)) first.set(name, id);
  }
  return merged;
}
