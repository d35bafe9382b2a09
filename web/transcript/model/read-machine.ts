import { findWord, tokensOf } from "../../../shared/transcript/join-words.ts";
import { JsonLists } from "../../../shared/transcript/json-lists.ts";
import type {
  SpeakerSegment,
  TranscriptId,
  TranscriptSegment,
  TranscriptWord,
} from "../../../shared/transcript/transcript.ts";
import { emptyWords, joinWords, type Words } from "./words.ts";

/** The machine's transcript, or the next run of its words. */
export type MachineRun = {
  words: Words;
  /** The id of each word, as used in corrections. */
  ids: TranscriptId[];
  /** The word itself by place, where the text differs: some servers leave punctuation out of words. */
  bare: [place: number, word: string][];
  /** False when there are only phrases: each is shown as one word and cannot be corrected. */
  hasWords: boolean;
};

/** A first screen has about 500 words. Then each run is as long as all before it, so that processing them is cheap. */
const FIRST_RUN_WORDS = 400;

type Item = { id: TranscriptId; start: number; end: number; speaker_id?: string; said: string };

/**
 * Parses the machine's verbose_json while it arrives, and returns its words in longer and longer runs. The turns behind
 * the words only repeat them, so `isEnough` says when the rest is not needed.
 */
export class MachineReader {
  readonly #hand: (run: MachineRun) => void;
  readonly #json = new JsonLists((key, items) => this.#takeItems(key, items));
  #head: { text: string } | undefined;
  #textAt = 0;
  #before = "";
  #speakers = new Map([["", 0]]);
  #waiting: MachineRun[] = [];
  #waitingCount = 0;
  #handed = 0;
  #phrases: Item[] = [];
  isEnough = false;

  constructor(hand: (run: MachineRun) => void) {
    this.#hand = hand;
  }

  take(text: string): void {
    this.#json.push(text);
  }

  /** Call it at the end of the JSON, or when it is enough. */
  finish(): void {
    if (this.#waitingCount + this.#handed === 0 && this.#phrases.length > 0) this.#keep(this.#phrases, false);
    this.#handOut();
  }

  #takeItems(key: string, items: unknown[]): void {
    this.#head ??= this.#json.soFar() as { text: string }; // verbose_json always has it, before its lists
    if (key === "words") {
      const words = items as TranscriptWord[];
      this.#keep(
        words.map((word) => ({ ...word, said: word.word })),
        true,
      );
    } else if (key === "speaker_segments") {
      if (this.#handed + this.#waitingCount > 0) this.isEnough = true;
      else this.#takePhrases(items as SpeakerSegment[]);
    } else if (key === "segments") {
      this.#takePhrases(items as TranscriptSegment[]);
    }
  }

  /** Turns have more information than segments, and come after them. */
  #takePhrases(phrases: (TranscriptSegment & { speaker_id?: string })[]): void {
    if (phrases[0]?.speaker_id !== undefined && this.#phrases[0]?.speaker_id === undefined)
      this.#phrases = [];
    for (const phrase of phrases) this.#phrases.push({ ...phrase, said: phrase.text });
  }

  #keep(items: readonly Item[], hasWords: boolean): void {
    if (items.length === 0) return;
    const first = this.#handed + this.#waitingCount;
    this.#waiting.push(this.#columnsOf(items, first, hasWords));
    this.#waitingCount += items.length;
    if (this.#waitingCount >= Math.max(FIRST_RUN_WORDS, this.#handed)) this.#handOut();
  }

  #handOut(): void {
    const [first] = this.#waiting;
    if (!first) return;
    this.#hand({
      words: joinWords(this.#waiting.map((run) => run.words)),
      ids: this.#waiting.flatMap((run) => run.ids),
      bare: this.#waiting.flatMap((run) => run.bare),
      hasWords: first.hasWords,
    });
    this.#handed += this.#waitingCount;
    this.#waiting = [];
    this.#waitingCount = 0;
  }

  #columnsOf(items: readonly Item[], firstPlace: number, hasWords: boolean): MachineRun {
    const words = emptyWords(items.length);
    const bare: MachineRun["bare"] = [];
    const tokens = this.#tokensOf(items);
    const pieces: string[] = [];
    let at = 0;
    for (const [index, { start, end, speaker_id: speaker = "", said }] of items.entries()) {
      const { text, spaced } = tokens[index] ?? { text: said, spaced: true };
      const isFirst = firstPlace + index === 0;
      if (spaced && !isFirst) {
        pieces.push(" ");
        at++;
      }
      words.starts[index] = start;
      words.ends[index] = end;
      words.speakers[index] = this.#numberOf(speaker);
      words.places[index] = firstPlace + index;
      words.from[index] = at;
      at += text.length;
      words.to[index] = at;
      pieces.push(text);
      if (text !== said) bare.push([firstPlace + index, said]);
    }
    words.text = pieces.join("");
    words.speakerIds = [...this.#speakers.keys()];
    return { words, ids: items.map((item) => item.id), bare, hasWords };
  }

  /** The text has the spaces and punctuation; parsing continues where the previous words end. */
  #tokensOf(items: readonly Item[]) {
    const text = this.#head?.text ?? "";
    const said = items.map((item) => ({ word: item.said }));
    // The previous word shows whether a space follows where the text does not.
    const [, ...tokens] = tokensOf(
      [{ word: this.#before }, ...said],
      this.#before + text.slice(this.#textAt),
    );
    for (const { word } of said) {
      const shown = word.trim();
      const found = shown === "" ? -1 : findWord(text, shown, this.#textAt);
      if (found >= 0) this.#textAt = found + shown.length;
    }
    const closing = /^[\p{P}\p{S}]+(?=\s|$)/u.exec(text.slice(this.#textAt, this.#textAt + 20))?.[0] ?? "";
    this.#textAt += closing.length;
    this.#before = tokens.at(-1)?.text ?? this.#before;
    return tokens;
  }

  #numberOf(speaker: string): number {
    const known = this.#speakers.get(speaker);
    if (known !== undefined) return known;
    const number = this.#speakers.size;
    this.#speakers.set(speaker, number);
    return number;
  }
}
