import { firstIndex } from "../first-index.ts";
import type { BlockWords } from "./block.ts";
import { INVISIBLE_SPACE } from "./separate-words.ts";

/** What the index puts around each match; no text holds them. */
export const [MARK_START, MARK_END] = ["\u0002", "\u0003"];

/** Words shown on each side of a match. */
const CONTEXT_WORDS = 8;

/** A place in a recording where something is said. Seconds. */
export type Hit = {
  /** Of its first word, in the block. */
  word: number;
  start: number;
  end: number;
  speaker: string | null;
  snippet: string;
  /** Where in the snippet the matches are: UTF-16 offsets, the end excluded. */
  matches: [from: number, to: number][];
};

/** The hits in one block; matches that fit into one snippet are one hit. Those of the words it repeats are the next block's. */
export function findHits(marked: string, { own, speakers, at }: BlockWords): Hit[] {
  const { text, marks } = readMarks(marked);
  const groups: { first: number; last: number; marks: [number, number][] }[] = [];
  for (const [from, to] of marks) {
    const first = wordAt(at, from);
    const last = wordAt(at, to - 1);
    const open = groups.at(-1);
    if (open && first - open.last <= CONTEXT_WORDS) {
      open.last = last;
      open.marks.push([from, to]);
    } else if (first < own) groups.push({ first, last, marks: [[from, to]] });
  }
  return groups.map((group) => {
    const from = at[Math.max(0, group.first - CONTEXT_WORDS)]?.[0] ?? 0;
    const to = at[group.last + 1 + CONTEXT_WORDS]?.[0] ?? text.length;
    const [, startMs = 0, , speaker = -1] = at[group.first] ?? [];
    return {
      word: group.first,
      start: startMs / 1000,
      end: (at[group.last]?.[2] ?? startMs) / 1000,
      speaker: speakers[speaker] ?? null,
      ...showSnippet(text, from, to, group.marks),
    };
  });
}

function readMarks(marked: string): { text: string; marks: [number, number][] } {
  const marks: [number, number][] = [];
  let text = "";
  for (const piece of marked.split(MARK_START)) {
    const [match = "", rest] = piece.split(MARK_END);
    if (rest === undefined) text += match;
    else {
      marks.push([text.length, text.length + match.length]);
      text += match + rest;
    }
  }
  return { text, marks };
}

/** The index of the word that stands at this offset. */
function wordAt(at: BlockWords["at"], offset: number): number {
  return Math.max(0, firstIndex(at.length, (index) => (at[index]?.[0] ?? 0) > offset) - 1);
}

function showSnippet(text: string, from: number, to: number, marks: readonly [number, number][]) {
  const shown = (start: number, end: number) => text.slice(start, end).replaceAll(INVISIBLE_SPACE, "");
  const snippet = shown(from, to).trimEnd();
  const matches = marks.map(([start, end]): [number, number] => {
    const offset = shown(from, start).length;
    return [offset, offset + shown(start, end).length];
  });
  return { snippet, matches };
}
