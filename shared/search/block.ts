import { tokensOf } from "../transcript/join-words.ts";
import type { Transcript, TranscriptSegment } from "../transcript/transcript.ts";
import { INVISIBLE_SPACE, separateWords } from "./separate-words.ts";

/** Rows grow with this: ten hours are 200. A page of hits reads one block a row, so blocks are kept small. */
export const BLOCK_SECONDS = 180;
/** Words without times all fall into one block; it ends here, far below D1's limit of a row. */
export const MAX_BLOCK_CHARACTERS = 20_000;
/** Longer ones are no words; what is behind is not searched. */
const MAX_WORD_CHARACTERS = 200;
/** Words of the next block that a block repeats, so that a phrase is found across their border. */
export const OVERLAP_WORDS = 8;

/** Some minutes of a transcript as the search keeps them. */
export type SearchBlock = { n: number; text: string; words: BlockWords };

export type BlockWords = {
  /** How many of the words are the block's own; those behind are the next block's. */
  own: number;
  speakers: string[];
  /** For each word: where it begins in the text, start and end in milliseconds, its speaker's index or -1. */
  at: [offset: number, startMs: number, endMs: number, speaker: number][];
};

type Spoken = { word: string; start: number; end: number; speaker_id?: string | undefined };

/** Cuts a transcript into blocks while its pieces come in. */
export class BlockBuilder {
  readonly #blocks: SearchBlock[] = [];
  /** Used only when there are no words at all. */
  #segments: TranscriptSegment[] = [];
  #hasWords = false;
  #closed: Spoken[] | undefined;
  #open: Spoken[] = [];
  #span = 0;
  #characters = 0;

  add({ words, segments }: Pick<Transcript, "words" | "segments">): void {
    this.#hasWords ||= words.length > 0;
    if (this.#hasWords) this.#segments = [];
    else for (const segment of segments) this.#segments.push(segment);
    for (const word of words) this.#addWord(word);
  }

  finish(): SearchBlock[] {
    for (const segment of this.#segments) for (const word of spreadWords(segment)) this.#addWord(word);
    this.#close();
    this.#open = [];
    this.#write();
    return this.#blocks;
  }

  #addWord(word: Spoken): void {
    const span = Math.floor(word.start / BLOCK_SECONDS);
    if (this.#open.length > 0 && (span > this.#span || this.#characters >= MAX_BLOCK_CHARACTERS))
      this.#close();
    if (this.#open.length === 0) this.#span = span;
    this.#open.push(word);
    this.#characters += Math.min(word.word.length, MAX_WORD_CHARACTERS);
    if (this.#open.length === OVERLAP_WORDS) this.#write();
  }

  #close(): void {
    this.#write();
    this.#closed = this.#open;
    this.#open = [];
    this.#characters = 0;
  }

  /** Writes the block that is over, with the first words of the one that is not. */
  #write(): void {
    if (this.#closed && this.#closed.length > 0) {
      const next = this.#open.slice(0, OVERLAP_WORDS);
      this.#blocks.push(writeBlock(this.#blocks.length, this.#closed, next));
    }
    this.#closed = undefined;
  }
}

/** The blocks of a transcript that is there whole. */
export function blocksOf(transcript: Transcript): SearchBlock[] {
  const builder = new BlockBuilder();
  builder.add(transcript);
  return builder.finish();
}

function writeBlock(n: number, own: readonly Spoken[], next: readonly Spoken[]): SearchBlock {
  const spoken = [...own, ...next].map((each) => ({
    ...each,
    word: separateWords(each.word.slice(0, MAX_WORD_CHARACTERS)),
  }));
  const speakers = [...new Set(spoken.flatMap(({ speaker_id: id }) => (id === undefined ? [] : [id])))];
  const tokens = tokensOf(spoken, "");
  let text = "";
  const at = spoken.map(({ start, end, speaker_id: id }, index): BlockWords["at"][number] => {
    const { text: shown = "", spaced = false } = tokens[index] ?? {};
    if (text !== "" && shown !== "") text += spaced ? " " : INVISIBLE_SPACE;
    const offset = text.length;
    text += shown;
    return [
      offset,
      Math.round(start * 1000),
      Math.round(end * 1000),
      id === undefined ? -1 : speakers.indexOf(id),
    ];
  });
  return { n, text, words: { own: own.length, speakers, at } };
}

/** The words of a segment whose own times are not known: its time, shared out by their length. */
function spreadWords({ start, end, text }: TranscriptSegment): Spoken[] {
  const words = text.split(/\s+/).filter((word) => word !== "");
  const letters = words.reduce((sum, word) => sum + word.length, 0);
  let before = 0;
  return words.map((word) => {
    const from = start + ((end - start) * before) / letters;
    before += word.length;
    return { word, start: from, end: start + ((end - start) * before) / letters };
  });
}
