import { tokensOf } from "../transcript/join-words.ts";
import type { Transcript } from "../transcript/transcript.ts";
import { breakWord, columnsOf } from "./columns.ts";
import { type NameOf, oneLine } from "./speaker-names.ts";
import type { SubtitleRules } from "./subtitle-rules.ts";
import { spokenBlocks } from "./turns.ts";

/** The smallest thing a subtitle can be broken at: a word or a piece of one, never wider than a line. Seconds. */
export type Unit = {
  text: string;
  columns: number;
  /** Whether a space stands before it when it is not the first on its line. */
  spaced: boolean;
  start: number;
  end: number;
  speaker: string | undefined;
};

/** What must not start a line: marks, joiners and punctuation that belongs to what stands before it. */
const ATTACHED = /^(?:[\p{M}\p{Pe}\p{Pf}\p{Po}]|\u200d)/u;

/** How fast text without times of its own is taken to be said. */
const COLUMNS_PER_SECOND = 15;

/**
 * A transcript as units by start, none reaching into the next: from its words, else from its segments (or speaker
 * segments) with the time of each shared out by length.
 */
export function subtitleUnits(transcript: Transcript, nameOf: NameOf, rules: SubtitleRules): Unit[] {
  const units: Unit[] = [];
  if (transcript.words.length > 0) {
    const tokens = tokensOf(transcript.words, transcript.text);
    for (const [index, word] of transcript.words.entries()) {
      const token = tokens[index];
      if (token) addUnits(units, { ...word, ...token }, nameOf, rules);
    }
  } else {
    for (const block of spokenBlocks(transcript)) addUnits(units, { ...block, spaced: true }, nameOf, rules);
  }
  units.sort((a, b) => a.start - b.start);
  spreadInstants(units);
  endBeforeNext(units, rules.maxCueSeconds);
  return units;
}

type Spoken = { start: number; end: number; text: string; spaced: boolean; speaker_id?: string | undefined };

function addUnits(units: Unit[], spoken: Spoken, nameOf: NameOf, { maxLineColumns }: SubtitleRules): void {
  const text = oneLine(spoken.text);
  if (text === "") return;
  const speaker = spoken.speaker_id === undefined ? undefined : nameOf(spoken.speaker_id);
  const secondsPerColumn = (spoken.end - spoken.start) / columnsOf(text);
  let start = spoken.start;
  for (const [wordIndex, word] of text.split(" ").entries()) {
    for (const [index, piece] of breakWord(word, maxLineColumns).entries()) {
      const columns = columnsOf(piece);
      const end = start + columns * secondsPerColumn;
      const spaced = index === 0 && (wordIndex > 0 || spoken.spaced);
      addUnit(units, { text: piece, columns, spaced, start, end, speaker }, maxLineColumns);
      start = end;
    }
    start += secondsPerColumn;
  }
}

/** Closing punctuation may come as a word of its own, or be cut off one; it stays with what is before it. */
function addUnit(units: Unit[], unit: Unit, lineColumns: number): void {
  const last = units.at(-1);
  const attaches = last && !unit.spaced && last.speaker === unit.speaker && ATTACHED.test(unit.text);
  if (!attaches || last.columns + unit.columns > lineColumns) {
    units.push(unit);
    return;
  }
  last.text += unit.text;
  last.columns += unit.columns;
  last.end = Math.max(last.end, unit.end);
}

/** Units that start at the same moment share the time up to the end of the longest, or what saying them takes. */
function spreadInstants(units: Unit[]): void {
  for (let from = 0, to = 1; from < units.length; from = to, to = from + 1) {
    const start = units[from]?.start ?? 0;
    while (to < units.length && units[to]?.start === start) to++;
    const same = units.slice(from, to);
    if (same.length < 2) continue;
    const columns = same.reduce((sum, unit) => sum + unit.columns, 0);
    const known = same.reduce((latest, unit) => Math.max(latest, unit.end), start) - start;
    const room = (units[to]?.start ?? Number.POSITIVE_INFINITY) - start;
    const span = Math.min(known > 0 ? known : columns / COLUMNS_PER_SECOND, room);
    let before = 0;
    for (const unit of same) {
      unit.start = start + (span * before) / columns;
      before += unit.columns;
      unit.end = start + (span * before) / columns;
    }
  }
}

/** No word is said for as long as a cue may last; upstream's word ends run on into the silence. */
function endBeforeNext(units: Unit[], maxSeconds: number): void {
  for (const [index, unit] of units.entries()) {
    const next = units[index + 1]?.start ?? Number.POSITIVE_INFINITY;
    unit.end = Math.min(unit.end, unit.start + maxSeconds, next);
  }
}
