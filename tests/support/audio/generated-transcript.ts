import type { SpeakerSegment, Transcript, TranscriptWord } from "../../../shared/transcript/transcript.ts";

/** Numbers from 0 up to 1, the same ones for the same seed (mulberry32, a public-domain generator). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pickOne<T>(random: () => number, choices: readonly T[]): T {
  const choice = choices[Math.floor(random() * choices.length)];
  if (choice === undefined) throw new Error("there is nothing to pick from");
  return choice;
}

const SYLLABLES = ["ta", "lo", "mi", "ren", "sku", "a", "ve", "nor", "pli", "do"] as const;

/** A diarized conversation of that many words, about 2.8 words a second, in segments of about ten seconds. */
export function generateTranscript(wordCount: number, seed = 1): Transcript {
  const random = seededRandom(seed);
  const words: TranscriptWord[] = [];
  const turns: TranscriptWord[][] = [];
  let at = 0;
  let speaker = "SPEAKER_00";
  for (let id = 0; id < wordCount; id++) {
    if (id === 0 || random() < 0.04) {
      speaker = `SPEAKER_0${Math.floor(random() * 4)}`;
      turns.push([]);
      at += random() * 1.2;
    }
    const start = thousandths(at);
    at = thousandths(at + 0.05 + random() * 0.55);
    const word = { id, word: randomWord(random), start, end: at, speaker_id: speaker };
    words.push(word);
    turns.at(-1)?.push({ ...word });
    at += random() * 0.06;
  }
  return {
    language: "en",
    duration: at,
    text: textOf(words),
    segments: chunk(words, 30).map((own, id) => ({ id, ...spanOf(own), text: textOf(own) })),
    words,
    speaker_segments: turns.map((own, id): SpeakerSegment => {
      return { id, speaker_id: own[0]?.speaker_id ?? speaker, ...spanOf(own), text: textOf(own), words: own };
    }),
  };
}

/** The upstream gives word times to the millisecond. */
function thousandths(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

function randomWord(random: () => number): string {
  let word = "";
  for (let syllables = 1 + random() * 3; syllables > 0; syllables--) word += pickOne(random, SYLLABLES);
  return word + pickOne(random, ["", "", "", "", "", "", ",", "."]);
}

function textOf(words: readonly TranscriptWord[]): string {
  return words.map((word) => word.word).join(" ");
}

function spanOf(words: readonly TranscriptWord[]): { start: number; end: number } {
  return { start: words[0]?.start ?? 0, end: words.at(-1)?.end ?? 0 };
}

function chunk<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let from = 0; from < items.length; from += size) chunks.push(items.slice(from, from + size));
  return chunks;
}
