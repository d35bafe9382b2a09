import { correctWords, splitWords } from "../../../shared/edits/correct-words.ts";
import type { Edit } from "../../../shared/edits/layer.ts";
import { tokensOf } from "../../../shared/transcript/join-words.ts";
import type { TranscriptWord } from "../../../shared/transcript/transcript.ts";
import { diffWords } from "./diff-words.ts";
import type { Machine } from "./machine.ts";
import { copyWords, emptyWords, textOf, type Words } from "./words.ts";

/** A correction by the places of the machine's words instead of their ids: `first` to `last`, both included. */
export type Correction = { first: number; last: number; text?: string; speaker?: string };

/** A stretch of the machine's words, both ends included. */
export type Stretch = { first: number; last: number };

/** In the order of the words; edits that name an unknown word are left out. */
export function correctionsOf(machine: Machine, edits: readonly Edit[]): Correction[] {
  const corrections = edits.flatMap(({ from, to, text, speaker }): Correction[] => {
    const first = machine.placeOfId(from);
    const last = machine.placeOfId(to);
    if (first === undefined || last === undefined || last < first) return [];
    return [{ first, last, ...(text === undefined ? {} : { text }), ...(speaker ? { speaker } : {}) }];
  });
  return corrections.sort((a, b) => a.first - b.first);
}

export function editsOf(machine: Machine, corrections: readonly Correction[]): Edit[] {
  return corrections.map(({ first, last, ...change }) => ({
    from: machine.ids[first] ?? first,
    to: machine.ids[last] ?? last,
    ...change,
  }));
}

/** The words with the corrections applied, which are in order. Unchanged words keep text and times. */
export function applyCorrections(machine: Machine, corrections: readonly Correction[]): Words {
  if (corrections.length === 0) return machine.words;
  const { words } = machine;
  const corrected = corrections.map((correction) => correctStretch(machine, correction));
  const speakerIds = [...words.speakerIds];
  for (const { speaker } of corrections) {
    if (speaker !== undefined && !speakerIds.includes(speaker)) speakerIds.push(speaker);
  }
  const numbers = new Map(speakerIds.map((id, number) => [id, number]));
  const gained = corrected.reduce((sum, by) => sum + by.length, 0);
  const lost = corrections.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  const shown = emptyWords(words.count - lost + gained, speakerIds);
  const pieces: string[] = [];
  let [at, length, place] = [0, 0, 0];

  function copyUpTo(end: number): void {
    if (end <= place) return;
    const textFrom = leadOf(words, place);
    const textTo = words.to[end - 1] ?? textFrom;
    copyWords(words, place, end, shown, at, length - textFrom);
    pieces.push(words.text.slice(textFrom, textTo));
    length += textTo - textFrom;
    at += end - place;
  }

  for (const [index, { first, last }] of corrections.entries()) {
    copyUpTo(first);
    for (const { word, place: ownPlace, text, spaced } of corrected[index] ?? []) {
      const lead = spaced && at > 0 ? " " : "";
      pieces.push(lead + text);
      shown.starts[at] = word.start;
      shown.ends[at] = word.end;
      shown.speakers[at] = numbers.get(word.speaker_id ?? "") ?? 0;
      shown.places[at] = ownPlace;
      shown.from[at] = length + lead.length;
      length += lead.length + text.length;
      shown.to[at] = length;
      at++;
    }
    place = last + 1;
  }
  copyUpTo(words.count);
  shown.text = pieces.join("");
  return shown;
}

type CorrectedWord = { word: TranscriptWord; place: number; text: string; spaced: boolean };

function correctStretch(machine: Machine, { first, last, text, speaker }: Correction): CorrectedWord[] {
  const said = Array.from({ length: last - first + 1 }, (_, n) => machine.wordAt(first + n));
  const edit = { from: 0, to: 0, ...(text === undefined ? {} : { text }), ...(speaker ? { speaker } : {}) };
  const places = correctWords(said, edit);
  const corrected = places.flatMap((words, n) => words.map((word) => ({ word, place: first + n })));
  // The previous word shows whether this script has spaces.
  const before = first > 0 ? textOf(machine.words, first - 1) : "";
  const [, ...tokens] = tokensOf([{ word: before }, ...corrected.map(({ word }) => word)], "");
  return corrected.map(({ word, place }, n) => {
    const isAsHeard = word.word === machine.wordAt(place).word;
    const token = tokens[n] ?? { text: word.word.trim(), spaced: true };
    // Punctuation that only the text has stays with an unchanged word.
    return { word, place, text: isAsHeard ? textOf(machine.words, place) : token.text, spaced: token.spaced };
  });
}

/** Where a word's text begins, including the space in front of it. */
function leadOf(words: Words, index: number): number {
  return index === 0 ? 0 : (words.to[index - 1] ?? 0);
}

/** What is really said in a stretch: its text, its speaker, or both. */
export type Said = Pick<Correction, "text" | "speaker">;

/**
 * The corrections after the words of a stretch were rewritten or given to a speaker. Only differences from the
 * machine's words become corrections, so that every other word keeps its time. Corrections that reach beyond the
 * stretch extend it.
 */
export function revise(
  machine: Machine,
  corrections: readonly Correction[],
  stretch: Stretch,
  { text, speaker }: Said,
): Correction[] {
  const { first, last } = widen(corrections, stretch);
  const inside = corrections.filter((each) => each.first >= first && each.last <= last);
  const outside = corrections.filter((each) => each.first < first || each.last > last);

  const speakers = new Map<number, string>();
  for (const each of inside) {
    if (each.speaker === undefined) continue;
    for (let place = each.first; place <= each.last; place++) speakers.set(place, each.speaker);
  }
  if (speaker !== undefined) {
    for (let place = stretch.first; place <= stretch.last; place++) speakers.set(place, speaker);
  }
  for (const [place, id] of speakers) {
    if ((machine.wordAt(place).speaker_id ?? "") === id) speakers.delete(place);
  }

  const rewritten =
    text === undefined
      ? inside.filter((each) => each.text !== undefined)
      : rewrite(
          machine,
          { first, last },
          [
            shownText(machine, inside, first, stretch.first - 1),
            text,
            shownText(machine, inside, stretch.last + 1, last),
          ].join(" "),
        );
  const revised = [...outside, ...withSpeakers(rewritten, speakers, { first, last })];
  return revised.sort((a, b) => a.first - b.first);
}

/** The stretch, extended by every correction that overlaps it. */
export function widen(corrections: readonly Correction[], { first, last }: Stretch): Stretch {
  for (const each of corrections) {
    if (each.last < first || each.first > last) continue;
    first = Math.min(first, each.first);
    last = Math.max(last, each.last);
  }
  return { first, last };
}

/** The current text of these of the machine's words. */
function shownText(machine: Machine, corrections: readonly Correction[], first: number, last: number) {
  if (last < first) return "";
  const shown: string[] = [];
  for (let place = first; place <= last; ) {
    const correction = corrections.find((each) => each.first <= place && each.last >= place);
    const end = correction ? correction.last + 1 : place + 1;
    if (correction) {
      const words = correctStretch(machine, correction).filter(
        (word) => word.place >= first && word.place <= last,
      );
      shown.push(...words.map((word) => word.text));
    } else shown.push(textOf(machine.words, place));
    place = end;
  }
  return shown.join(" ");
}

/** The fewest corrections that give the stretch this text. */
function rewrite(machine: Machine, { first, last }: Stretch, text: string): Correction[] {
  const before = Array.from({ length: last - first + 1 }, (_, n) => textOf(machine.words, first + n));
  const after = splitWords(text);
  const changes: Correction[] = [];
  for (const hunk of diffWords(before, after)) {
    let { oldFirst, oldEnd, newFirst, newEnd } = hunk;
    if (oldFirst === oldEnd) {
      // Added words share the time of a neighbour.
      const hasBefore = oldFirst > 0 && (changes.at(-1)?.last ?? -1) < first + oldFirst - 1;
      if (hasBefore) {
        oldFirst--;
        newFirst--;
      } else if (oldEnd < before.length) {
        oldEnd++;
        newEnd++;
      } else {
        const neighbour = changes.at(-1);
        if (neighbour) neighbour.text = `${neighbour.text} ${after.slice(newFirst, newEnd).join(" ")}`.trim();
        continue;
      }
    }
    changes.push({
      first: first + oldFirst,
      last: first + oldEnd - 1,
      text: after.slice(newFirst, newEnd).join(" "),
    });
  }
  return changes;
}

/** Adds the speakers to the rewritten text: words that were rewritten together have one speaker. */
function withSpeakers(
  rewritten: readonly Correction[],
  speakers: ReadonlyMap<number, string>,
  { first, last }: Stretch,
): Correction[] {
  const laid: Correction[] = [];
  for (let place = first; place <= last; ) {
    const change = rewritten.find((each) => each.first === place);
    const speaker = speakers.get(place);
    if (change) {
      const { speaker: _, ...bare } = change;
      laid.push(speaker === undefined ? bare : { ...bare, speaker });
      place = change.last + 1;
      continue;
    }
    const open = laid.at(-1);
    if (speaker !== undefined) {
      if (open && open.last === place - 1 && open.text === undefined && open.speaker === speaker)
        open.last = place;
      else laid.push({ first: place, last: place, speaker });
    }
    place++;
  }
  return laid;
}
