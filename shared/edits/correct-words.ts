import type { TranscriptWord } from "../transcript/transcript.ts";
import type { Edit } from "./layer.ts";

const dictionary = new Intl.Segmenter("und", { granularity: "word" });
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/**
 * What stands in the place of each of these words after the edit; nothing where a word is taken out. Words at both ends
 * that the edit leaves as they are keep their times; those between share out the time of what they replace.
 */
export function correctWords(words: readonly TranscriptWord[], edit: Edit): TranscriptWord[][] {
  const { speaker } = edit;
  const places =
    edit.text === undefined ? words.map((word) => [word]) : replaceWords(words, splitWords(edit.text));
  if (speaker === undefined) return places;
  return places.map((place) => place.map((word) => ({ ...word, speaker_id: speaker })));
}

/** The words of a text that somebody wrote. */
export function splitWords(text: string): string[] {
  const spaced = text.split(/\s+/).filter((word) => word !== "");
  return spaced.flatMap((word) =>
    UNSPACED.test(word) ? [...dictionary.segment(word)].map(({ segment }) => segment) : [word],
  );
}

function replaceWords(words: readonly TranscriptWord[], said: readonly string[]): TranscriptWord[][] {
  const shorter = Math.min(words.length, said.length);
  let head = 0;
  while (head < shorter && words[head]?.word.trim() === said[head]) head++;
  let tail = 0;
  while (tail < shorter - head && words.at(-1 - tail)?.word.trim() === said.at(-1 - tail)) tail++;
  // Words that are only added take part of a neighbour's time: there is no other for them.
  if (head + tail === words.length && said.length > words.length) {
    if (head > 0) head--;
    else tail--;
  }
  const replaced = words.slice(head, words.length - tail);
  const by = said.slice(head, said.length - tail);
  const kept = (word: TranscriptWord) => [word];
  return [
    ...words.slice(0, head).map(kept),
    ...(replaced.length === by.length ? oneForOne(replaced, by) : shareTime(replaced, by)),
    ...words.slice(words.length - tail).map(kept),
  ];
}

function oneForOne(words: readonly TranscriptWord[], said: readonly string[]): TranscriptWord[][] {
  return words.map((word, index) => [{ ...word, word: leadOf(word) + (said[index] ?? "") }]);
}

/** All new words at the first place, with as much of the whole time as they have letters; the other places are empty. */
function shareTime(words: readonly TranscriptWord[], said: readonly string[]): TranscriptWord[][] {
  const [first] = words;
  const last = words.at(-1);
  if (!first || !last) return [];
  const end = words.reduce((latest, word) => Math.max(latest, word.end), first.start);
  const letters = said.reduce((sum, word) => sum + word.length, 0);
  let before = 0;
  const timeAfter = (count: number) => round(first.start + ((end - first.start) * count) / letters);
  const shared = said.map((word, index): TranscriptWord => {
    const start = timeAfter(before);
    before += word.length;
    const id = words[index]?.id ?? `${last.id}.${index - words.length + 1}`;
    // What is said in one go is said by one.
    return { ...first, id, word: leadOf(first) + word, start, end: timeAfter(before) };
  });
  return words.map((_, index) => (index === 0 ? shared : []));
}

/** Some servers write the space before a word into the word. */
function leadOf(word: TranscriptWord): string {
  return /^\s*/.exec(word.word)?.[0] ?? "";
}

/** To the millisecond, which is finer than anybody hears. */
function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
