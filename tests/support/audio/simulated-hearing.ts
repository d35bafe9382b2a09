import type { HeardPart, PartRange } from "../../../shared/stitch/heard-part.ts";
import type { Clip } from "../../../shared/stitch/speakers/choose-clips.ts";
import type { PlacedClip } from "../../../shared/stitch/speakers/read-identification.ts";
import type {
  SpeakerSegment,
  Transcript,
  TranscriptSegment,
  TranscriptWord,
} from "../../../shared/transcript/transcript.ts";
import { pickOne, seededRandom } from "./generated-transcript.ts";
import type { Recording, SaidWord } from "./simulated-recording.ts";

/** What a speech API makes of a recording's part, with seeded mistakes. Shares are from 0 to 1. */
export type Noise = {
  /** By how many seconds times are off at most: each word's alone, and all those of a part together. */
  jitterSeconds: number;
  shiftSeconds: number;
  /** Words whose end is up to three seconds late, and as many of no length. */
  sloppyEnds: number;
  /** Words left out. */
  missedWords: number;
  /** Words left out, misspelt and made up, a third each: everywhere, and within two seconds of a cut. */
  wrongWords: number;
  wrongWordsAtCuts: number;
  /** Words heard in two pieces, as one with the word before, or with other case and punctuation. */
  respelt: number;
  /** Words, and whole turns, given to a wrong speaker. */
  wrongSpeakerWords: number;
  wrongSpeakerTurns: number;
  /** Local speakers of a part taken for two; parts in which two local speakers are taken for one. */
  splits: number;
  merges: number;
  /** In the identification: clips given a wrong name; persons named by two names; pairs of persons named by one. */
  wrongClips: number;
  referenceSplits: number;
  referenceMerges: number;
};

export const CLEAN: Noise = {
  jitterSeconds: 0,
  shiftSeconds: 0,
  missedWords: 0,
  sloppyEnds: 0,
  wrongWords: 0,
  wrongWordsAtCuts: 0,
  respelt: 0,
  wrongSpeakerWords: 0,
  wrongSpeakerTurns: 0,
  splits: 0,
  merges: 0,
  wrongClips: 0,
  referenceSplits: 0,
  referenceMerges: 0,
};

const CUT_SECONDS = 2;

/** A word as an answer has it, and of which words that were said it is which share; a made-up one is of none. */
type HeardWord = TranscriptWord & { said: Said[] };
export type Said = { ref: number; share: number };

/** The answer for one part; the same seed gives the same answer. A word that is cut in two is heard as its half. */
export function hearPart(recording: Recording, range: PartRange, noise: Noise, seed: number): HeardPart {
  const random = seededRandom(seed);
  const said = recording.words.filter((word) => word.end > range.start && word.start < range.end);
  const cuts = [range.start, range.end].filter((cut) => cut > 0 && cut < recording.duration);
  const labels = labelSpeakers(said, noise, random);
  const shift = (random() * 2 - 1) * noise.shiftSeconds;
  const words: HeardWord[] = [];
  for (const [index, word] of said.entries()) {
    const isAtCut = cuts.some(
      (cut) => Math.min(Math.abs(word.start - cut), Math.abs(word.end - cut)) < CUT_SECONDS,
    );
    const wrong = isAtCut ? noise.wrongWordsAtCuts : noise.wrongWords;
    const luck = random() / Math.max(wrong, 1e-9);
    if (luck < 1 / 3 || random() < noise.missedWords) continue;
    const clear = hearWord(word, range, noise, shift, random);
    const start = Math.max(words.at(-1)?.start ?? 0, clear.start);
    const heard = {
      id: 0,
      ...clear,
      start,
      end: Math.max(start, clear.end),
      speaker_id: labels[index] ?? "",
    };
    if (luck < 2 / 3) heard.word = misspell(heard.word, random);
    respell(words, { ...heard, said: [{ ref: word.ref, share: 1 }] }, noise, random);
    if (luck >= 2 / 3 && luck < 1) {
      const { start: from } = words.at(-1) ?? heard;
      words.push({
        ...heard,
        start: from,
        end: Math.max(from, heard.end),
        word: misspell("extra", random),
        said: [],
      });
    }
  }
  return { ...range, transcript: transcriptOf(words, range.end - range.start) };
}

/** Adds the word to those heard so far, or what is taken for it. */
function respell(words: HeardWord[], word: HeardWord, noise: Noise, random: () => number): void {
  const luck = random() / Math.max(noise.respelt, 1e-9);
  const last = words.at(-1);
  if (luck < 1 / 3 && word.word.length > 3) {
    const letters = Math.floor(word.word.length / 2);
    const middle = round((word.start + word.end) / 2);
    const half = word.said.map(({ ref }) => ({ ref, share: 1 / 2 }));
    words.push({ ...word, word: word.word.slice(0, letters), end: middle, said: half });
    words.push({ ...word, word: word.word.slice(letters), start: middle, said: half });
  } else if (luck >= 1 / 3 && luck < 2 / 3 && last && last.speaker_id === word.speaker_id) {
    last.word += word.word;
    last.end = Math.max(last.end, word.end);
    last.said = [...last.said, ...word.said];
  } else if (luck >= 2 / 3 && luck < 1) {
    words.push({
      ...word,
      word: `${word.word.toUpperCase().replace(/\W/g, "")}${pickOne(random, ["", ",", "…"])}`,
    });
  } else words.push(word);
}

/** The answer for reference audio of these clips, one behind the other. */
export function hearReference(
  recording: Recording,
  clips: readonly Clip[],
  noise: Noise,
  seed: number,
): { placed: PlacedClip[]; transcript: Transcript } {
  const random = seededRandom(seed);
  const nameOf = nameForReel(recording.persons, noise, random);
  const words: HeardWord[] = [];
  let at = 0;
  const placed = clips.map(({ part, local, start, end }) => {
    const referenceStart = at;
    const isWrong = random() < noise.wrongClips;
    const mistaken = nameOf(Math.floor(random() * recording.persons));
    const names = new Map<number, string>();
    for (const word of recording.words) {
      if (word.end <= start || word.start >= end) continue;
      const speaker = isWrong ? mistaken : (names.get(word.person) ?? nameOf(word.person));
      names.set(word.person, speaker);
      const times = {
        start: at + Math.max(0, word.start - start),
        end: at + Math.min(end, word.end) - start,
      };
      words.push({ id: words.length, word: word.word, ...times, speaker_id: speaker, said: [] });
    }
    at += end - start;
    return { part, local, referenceStart, referenceEnd: at };
  });
  return { placed, transcript: transcriptOf(words, at) };
}

function hearWord(word: SaidWord, range: PartRange, noise: Noise, shift: number, random: () => number) {
  const start = Math.max(word.start, range.start);
  const end = Math.min(word.end, range.end);
  const share = (end - start) / (word.end - word.start);
  const letters = Math.max(1, Math.round(word.word.length * share));
  const half = word.start < range.start ? word.word.slice(-letters) : word.word.slice(0, letters);
  const off = shift + (random() * 2 - 1) * noise.jitterSeconds;
  const luck = random();
  const late = luck < noise.sloppyEnds ? random() * 3 : 0;
  const heardStart = Math.min(range.end - range.start, Math.max(0, start - range.start + off));
  const heardEnd = luck > 1 - noise.sloppyEnds ? heardStart : end - range.start + off + late;
  return { word: half, start: round(heardStart), end: round(Math.min(range.end - range.start, heardEnd)) };
}

/** A label for each word, by turns: names in any order, with the mistakes of a diarizer. */
function labelSpeakers(said: readonly SaidWord[], noise: Noise, random: () => number): string[] {
  const persons = [...new Set(said.map((word) => word.person))].sort(() => random() - 0.5);
  const labels = new Map(persons.map((person, index) => [person, index]));
  let next = persons.length;
  const second = new Map<number, number>();
  for (const person of persons) if (random() < noise.splits) second.set(person, next++);
  if (persons.length > 1 && random() < noise.merges) {
    const [a = 0, b = 0] = persons.slice(0, 2);
    labels.set(b, labels.get(a) ?? 0);
  }
  let turn = { person: -1, label: 0 };
  return said.map(({ person }) => {
    if (person !== turn.person) {
      const other = random() < 0.4 ? second.get(person) : undefined;
      const label = other ?? labels.get(person) ?? 0;
      turn = {
        person,
        label: random() < noise.wrongSpeakerTurns ? (labels.get(pickOne(random, persons)) ?? 0) : label,
      };
    }
    const isWrong = random() < noise.wrongSpeakerWords;
    const label = isWrong ? (labels.get(pickOne(random, persons)) ?? 0) : turn.label;
    return `SPEAKER_${String(label).padStart(2, "0")}`;
  });
}

/** Names every person once for the whole reference audio. */
function nameForReel(persons: number, noise: Noise, random: () => number): (person: number) => string {
  const order = Array.from({ length: persons }, (_, person) => person).sort(() => random() - 0.5);
  const names = order.map((place) => [`SPEAKER_${String(place).padStart(2, "0")}`]);
  for (const own of names) if (random() < noise.referenceSplits) own.push(`${own[0]}B`);
  for (let a = 0; a < persons; a++) {
    for (let b = a + 1; b < persons; b++) if (random() < noise.referenceMerges) names[b] = names[a] ?? [];
  }
  return (person) => pickOne(random, names[person] ?? [""]);
}

/**
 * An answer of these words: segments of some ten seconds, broken at the first pause after; turns are runs of one
 * speaker, of words that have one.
 */
export function transcriptOf(heard: readonly TranscriptWord[], duration: number): Transcript {
  const words = heard.map((word, id) => ({ ...word, id }));
  const segments: TranscriptSegment[] = [];
  const turns: SpeakerSegment[] = [];
  let first = 0;
  for (const [index, word] of words.entries()) {
    const next = words[index + 1];
    const last = turns.at(-1);
    const { speaker_id: speaker } = word;
    if (last && last.speaker_id === speaker) last.words.push(word);
    else if (speaker !== undefined)
      turns.push({ id: turns.length + 1, speaker_id: speaker, ...span([word]), text: "", words: [word] });
    const length = word.end - (words[first]?.start ?? 0);
    if (next && !(length > 15 || (length > 6 && next.start - word.end > 0.4))) continue;
    const own = words.slice(first, index + 1);
    segments.push({ id: segments.length, ...span(own), text: textOf(own) });
    first = index + 1;
  }
  return {
    language: "en",
    duration,
    text: textOf(words),
    segments,
    words,
    speaker_segments: turns.map((turn) => ({ ...turn, ...span(turn.words), text: textOf(turn.words) })),
  };
}

function span(words: readonly TranscriptWord[]): { start: number; end: number } {
  return { start: words[0]?.start ?? 0, end: words.reduce((latest, word) => Math.max(latest, word.end), 0) };
}

function textOf(words: readonly TranscriptWord[]): string {
  return words.map((word) => word.word).join(" ");
}

function misspell(word: string, random: () => number): string {
  const at = Math.floor(random() * word.length);
  return word.slice(0, at) + pickOne(random, ["x", "e", "oo", "th"]) + word.slice(at + 1);
}

/** Answers give times to the millisecond. */
function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
