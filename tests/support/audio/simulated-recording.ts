import type { PartRange } from "../../../shared/stitch/heard-part.ts";
import { pickOne, seededRandom } from "./generated-transcript.ts";

/** A conversation that never was: what was said, by whom and when, to hold answers and stitched transcripts against. */
export type Recording = { duration: number; persons: number; words: SaidWord[] };

/** Seconds of the recording; `ref` is the word's number, by which it is known again in every answer. */
export type SaidWord = { ref: number; word: string; start: number; end: number; person: number };

export type RecordingPlan = {
  seed: number;
  seconds: number;
  words: number;
  persons: number;
  /** Persons who say nothing in any of these stretches. */
  silent: { persons: readonly number[]; during: readonly PartRange[] };
  /** Before that time the person says nothing. */
  appearsAt: ReadonlyMap<number, number>;
  /** Share of turns that begin before the one before has ended. */
  talkOver: number;
};

const PLAN: RecordingPlan = {
  seed: 1,
  seconds: 3600,
  words: 9000,
  persons: 3,
  silent: { persons: [], during: [] },
  appearsAt: new Map(),
  talkOver: 0.08,
};

const SYLLABLES = ["ta", "lo", "mi", "ren", "sku", "a", "ve", "nor", "pli", "do", "ge", "u"] as const;
const VOCABULARY_WORDS = 3000;

export function simulateRecording(overrides: Partial<RecordingPlan>): Recording {
  const plan = { ...PLAN, ...overrides };
  const random = seededRandom(plan.seed);
  const vocabulary = Array.from({ length: VOCABULARY_WORDS }, () => makeWord(random));
  const pace = plan.seconds / plan.words;
  const words: SaidWord[] = [];
  let at = pace;
  let person = -1;
  while (words.length < plan.words) {
    person = nextPerson(random, plan, person, at);
    const turnWords = 1 + Math.floor(random() ** 2 * 45);
    for (let said = 0; said < turnWords && words.length < plan.words && mayTalk(plan, person, at); said++) {
      const start = at;
      at += pace * (0.35 + random() * 0.9);
      // Some words come up again and again, as in speech.
      const word = vocabulary[Math.floor(random() ** 3 * VOCABULARY_WORDS)] ?? "a";
      words.push({ ref: 0, word: punctuate(word, said, random), start, end: at, person });
      at += pace * random() * 0.12;
    }
    const behind = words.length * pace - at;
    at += random() < plan.talkOver ? -random() * 0.4 : 0.1 + random() * Math.max(0.3, behind * 2);
  }
  words.sort((a, b) => a.start - b.start);
  const duration = Math.max(plan.seconds, at + 0.5);
  return { duration, persons: plan.persons, words: words.map((word, ref) => ({ ...word, ref })) };
}

/** Parts of equal length; each begins `overlapSeconds` before the previous one ends. */
export function cutEvenly(duration: number, parts: number, overlapSeconds: number): PartRange[] {
  const step = duration / parts;
  return Array.from({ length: parts }, (_, index) => ({
    start: Math.max(0, index * step - overlapSeconds / 2),
    end: Math.min(duration, (index + 1) * step + overlapSeconds / 2),
  }));
}

/** The stretches that two parts share, with a margin in seconds on either side. */
export function overlapsOf(ranges: readonly PartRange[], margin: number): PartRange[] {
  return ranges.slice(1).map((range, index) => ({
    start: range.start - margin,
    end: (ranges[index]?.end ?? range.start) + margin,
  }));
}

/** The first person talks most, the last one least; a turn is followed by one of another person, if there is one. */
function nextPerson(random: () => number, plan: RecordingPlan, last: number, at: number): number {
  const able = Array.from({ length: plan.persons }, (_, person) => person).filter((person) =>
    mayTalk(plan, person, at),
  );
  const others = able.filter((person) => person !== last);
  const from = others.length > 0 ? others : able;
  const weights = from.map((person) => (person + 1) ** -0.7);
  let left = random() * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [index, person] of from.entries()) {
    left -= weights[index] ?? 0;
    if (left < 0) return person;
  }
  return pickOne(random, from);
}

function mayTalk({ silent, appearsAt }: RecordingPlan, person: number, at: number): boolean {
  if (at < (appearsAt.get(person) ?? 0)) return false;
  return !silent.persons.includes(person) || !silent.during.some(({ start, end }) => at > start && at < end);
}

function makeWord(random: () => number): string {
  let word = "";
  for (let syllables = 1 + random() * 3; syllables > 0; syllables--) word += pickOne(random, SYLLABLES);
  return word;
}

function punctuate(word: string, said: number, random: () => number): string {
  const shown = said === 0 ? word.charAt(0).toUpperCase() + word.slice(1) : word;
  return shown + pickOne(random, ["", "", "", "", "", "", "", ",", "."]);
}
