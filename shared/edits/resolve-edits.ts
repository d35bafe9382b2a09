import { err, ok, type Result } from "../result.ts";
import type { TranscriptId, TranscriptWord } from "../transcript/transcript.ts";
import type { Edit } from "./layer.ts";

/** An edit with the places of its words in the transcript: from `first` up to `last`, both included. */
export type ResolvedEdit = { edit: Edit; first: number; last: number };

/** Which edit (by its place in the list) cannot be applied, and why, as the end of a sentence. */
type EditProblem = { index: number; message: string };

/** Finds the words of each edit. The result is in the order of the words, and no two edits share one. */
export function resolveEdits(
  words: readonly TranscriptWord[],
  edits: readonly Edit[],
): Result<ResolvedEdit[], EditProblem[]> {
  const places = placesOf(words, edits);
  const problems: EditProblem[] = [];
  const resolved: (ResolvedEdit & { index: number })[] = [];
  for (const [index, edit] of edits.entries()) {
    const first = places.get(edit.from);
    const last = places.get(edit.to);
    if (first === undefined) problems.push({ index, message: `has no word with the id ${edit.from}` });
    else if (last === undefined) problems.push({ index, message: `has no word with the id ${edit.to}` });
    else if (last < first) problems.push({ index, message: "ends before it starts" });
    else resolved.push({ edit, first, last, index });
  }
  resolved.sort((a, b) => a.first - b.first);
  for (const [n, { first, index }] of resolved.entries()) {
    const before = resolved[n - 1];
    if (before && before.last >= first)
      problems.push({ index, message: `shares words with edit ${before.index}` });
  }
  return problems.length > 0 ? err(problems) : ok(resolved);
}

/** The place of each word that an edit names; of two words with one id the first. */
function placesOf(words: readonly TranscriptWord[], edits: readonly Edit[]): Map<TranscriptId, number> {
  const wanted = new Set(edits.flatMap(({ from, to }) => [from, to]));
  const places = new Map<TranscriptId, number>();
  for (const [place, { id }] of words.entries()) {
    if (wanted.has(id) && !places.has(id)) places.set(id, place);
  }
  return places;
}
