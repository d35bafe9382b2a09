import { firstIndex } from "../first-index.ts";
import { findWord } from "../transcript/join-words.ts";
import { speakerRuns } from "../transcript/speaker-runs.ts";
import type {
  SpeakerSegment,
  Transcript,
  TranscriptSegment,
  TranscriptWord,
} from "../transcript/transcript.ts";
import { type CorrectionOf, correctText } from "./correct-text.ts";
import { correctWords } from "./correct-words.ts";
import { type Layer, mergeByName } from "./layer.ts";
import { type ResolvedEdit, resolveEdits } from "./resolve-edits.ts";

/**
 * The transcript as people have corrected it. The machine's is not changed, but what was left as it is is shared.
 * Names are not written into it; speakers of one name become one id.
 * @throws when an edit does not fit the transcript: edits are checked before they are kept
 */
export function applyLayer(machine: Transcript, layer: Layer): Transcript {
  return mergeSpeakers(applyEdits(machine, layer), layer);
}

function applyEdits(machine: Transcript, { edits }: Layer): Transcript {
  if (edits.length === 0) return machine;
  const resolved = resolveEdits(machine.words, edits);
  if (!resolved.ok) throw new Error(`an edit ${resolved.error[0]?.message}`);
  const corrections = correctionsOf(machine.words, resolved.value);
  const correctionOf: CorrectionOf = (place) => corrections.get(place);
  return {
    ...machine,
    text: correctText(machine.text, machine.words, correctionOf),
    segments: correctSegments(machine, corrections),
    words: machine.words.flatMap((word, place) => correctionOf(place) ?? [word]),
    speaker_segments: correctTurns(machine, corrections),
  };
}

/** By the place of each corrected word, what stands there now. */
type Corrections = Map<number, TranscriptWord[]>;

function correctionsOf(words: readonly TranscriptWord[], edits: readonly ResolvedEdit[]): Corrections {
  const corrections: Corrections = new Map();
  for (const { edit, first, last } of edits) {
    const corrected = correctWords(words.slice(first, last + 1), edit);
    for (const [offset, place] of corrected.entries()) corrections.set(first + offset, place);
  }
  return corrections;
}

/** Only segments with a corrected word change; a segment that has lost all its words is left out. */
function correctSegments(machine: Transcript, corrections: Corrections): TranscriptSegment[] {
  const { segments, words } = machine;
  const segmentOf = placeInSegments(machine);
  const wordsOf = new Map<number, number[]>();
  for (const place of corrections.keys()) wordsOf.set(segmentOf(place), []);
  for (const place of words.keys()) wordsOf.get(segmentOf(place))?.push(place);
  return segments.flatMap((segment, index) => {
    const places = wordsOf.get(index);
    if (!places) return [segment];
    const said = places.map((place) => words[place]).filter((word) => word !== undefined);
    const text = correctText(segment.text, said, (n) => corrections.get(places[n] ?? -1));
    return text.trim() === "" ? [] : [{ ...segment, text }];
  });
}

/** Which segment a word stands in: by where both are in the text, else by time. */
function placeInSegments({ segments, words, text }: Transcript): (place: number) => number {
  const starts = offsetsOf(
    segments.map((segment) => segment.text.trim()),
    text,
  );
  const offsets = offsetsOf(
    words.map(({ word }) => word.trim()),
    text,
  );
  const isInText = starts.every((start) => start >= 0);
  const times = segments.map((segment) => segment.start);
  return (place) => {
    const offset = offsets[place] ?? -1;
    if (isInText && offset >= 0) return lastUpTo(starts, offset);
    const word = words[place];
    return word ? Math.max(0, lastUpTo(times, (word.start + word.end) / 2)) : -1;
  };
}

/** Where each of the pieces begins in the text, one behind the other; -1 for one that is not found. */
function offsetsOf(pieces: readonly string[], text: string): number[] {
  let at = 0;
  return pieces.map((piece) => {
    const found = piece === "" ? at : findWord(text, piece, at);
    if (found >= 0) at = found + piece.length;
    return found;
  });
}

/** The index of the last value that is not above the bound; the values are in order. */
function lastUpTo(values: readonly number[], bound: number): number {
  return firstIndex(values.length, (index) => (values[index] ?? 0) > bound) - 1;
}

/** A turn in which words went to another speaker becomes several. */
function correctTurns(machine: Transcript, corrections: Corrections): SpeakerSegment[] {
  const placeOf = new Map<string, number>();
  for (const place of corrections.keys()) {
    const word = machine.words[place];
    if (word) placeOf.set(wordKey(word), place);
  }
  return machine.speaker_segments.flatMap((turn) => {
    const places = turn.words.map((word) => placeOf.get(wordKey(word)) ?? -1);
    if (places.every((place) => place < 0)) return [turn];
    const correctionOf: CorrectionOf = (index) => corrections.get(places[index] ?? -1);
    const text = correctText(turn.text, turn.words, correctionOf);
    const words = turn.words.flatMap((word, index) => correctionOf(index) ?? [word]);
    const runs = speakerRuns(words, text);
    if (runs.every((run) => run.speaker_id === turn.speaker_id)) {
      return text.trim() === "" ? [] : [{ ...turn, text, words }];
    }
    return runs.map((run, n) => ({
      ...turn,
      id: n === 0 ? turn.id : `${turn.id}.${n}`,
      speaker_id: run.speaker_id ?? turn.speaker_id,
      start: run.start,
      end: run.end,
      text: run.text,
      words: run.words,
    }));
  });
}

/** The turn's copy of a word may have another id than the transcript's, but not another time. */
function wordKey({ word, start, end }: TranscriptWord): string {
  return `${start} ${end} ${word}`;
}

function mergeSpeakers(transcript: Transcript, { speakers }: Layer): Transcript {
  const merged = mergeByName(speakers);
  if ([...merged].every(([id, first]) => id === first)) return transcript;
  const rename = <T extends { speaker_id?: string }>(item: T): T => {
    const first = item.speaker_id === undefined ? undefined : merged.get(item.speaker_id);
    return first === undefined || first === item.speaker_id ? item : { ...item, speaker_id: first };
  };
  return {
    ...transcript,
    words: transcript.words.map(rename),
    speaker_segments: transcript.speaker_segments.map((turn) => ({
      ...rename(turn),
      words: turn.words.map(rename),
    })),
  };
}
