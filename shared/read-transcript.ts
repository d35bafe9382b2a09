import type { SpeakerSegment, Transcript, TranscriptWord } from "./transcript.ts";

/** So much of a list is parsed at once: enough to be fast, little enough not to be noticed in memory. */
const BATCH_CHARACTERS = 65_536;

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * The transcript whose JSON comes in slices, as `serializeTranscript` wrote it. The JSON never stands in memory whole,
 * and the words of a turn are the same objects as those of the transcript, so that 100,000 words take a fifth of what
 * JSON.parse would.
 */
export async function parseTranscriptSlices(
  slices: AsyncIterable<string> | Iterable<string>,
): Promise<Transcript> {
  const reader = new TranscriptReader();
  for await (const slice of slices) reader.take(slice);
  return reader.finish();
}

/** Cuts the lists out of the JSON's outermost object and parses them piece by piece; the rest is parsed at the end. */
class TranscriptReader {
  /** The outermost object with its lists left empty. */
  #rest = "";
  #lists: Record<string, unknown[]> = {};
  #list: unknown[] | undefined;
  #pending = "";
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  #nextShared = 0;

  take(text: string): void {
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (code === BACKSLASH) this.#isEscaped = true;
        else if (code === QUOTE) this.#isInString = false;
      } else if (code === QUOTE) this.#isInString = true;
      else if (code === OPEN_OBJECT || code === OPEN_LIST) {
        this.#depth++;
        if (this.#depth === 2 && code === OPEN_LIST) {
          this.#keep(text.slice(from, at + 1));
          this.#openList();
          from = at + 1;
        }
      } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) {
        this.#depth--;
        if (this.#depth === 1 && this.#list) {
          this.#keep(text.slice(from, at));
          this.#closeList();
          from = at;
        }
      } else if (code === COMMA && this.#depth === 2 && this.#list) {
        if (this.#pending.length + at - from < BATCH_CHARACTERS) continue;
        this.#keep(text.slice(from, at));
        this.#parsePending();
        from = at + 1;
      }
    }
    this.#keep(text.slice(from));
  }

  /** @throws SyntaxError when the slices were not the whole of a transcript */
  finish(): Transcript {
    return { segments: [], words: [], speaker_segments: [], ...JSON.parse(this.#rest), ...this.#lists };
  }

  #keep(text: string): void {
    if (this.#list) this.#pending += text;
    else this.#rest += text;
  }

  #openList(): void {
    const key = /"([^"\\]*)":\[$/.exec(this.#rest.slice(-100))?.[1];
    if (key === undefined) throw new SyntaxError("a list of the transcript has no name");
    this.#list = [];
    this.#lists[key] = this.#list;
  }

  #closeList(): void {
    this.#parsePending();
    this.#list = undefined;
  }

  #parsePending(): void {
    const items: unknown[] = JSON.parse(`[${this.#pending}]`);
    this.#pending = "";
    if (this.#list === this.#lists["speaker_segments"]) {
      for (const turn of items as SpeakerSegment[]) turn.words = turn.words.map((word) => this.#share(word));
    }
    for (const item of items) this.#list?.push(item);
  }

  /** Turns hold the transcript's words again, nearly always in the same order. */
  #share(word: TranscriptWord): TranscriptWord {
    const words = (this.#lists["words"] ?? []) as TranscriptWord[];
    const same = words[this.#nextShared];
    if (same && isSame(same, word)) {
      this.#nextShared++;
      return same;
    }
    const index = indexByStart(words, word.start);
    for (let at = index; words[at]?.start === word.start; at++) {
      const candidate = words[at];
      if (!candidate || !isSame(candidate, word)) continue;
      this.#nextShared = at + 1;
      return candidate;
    }
    return word;
  }
}

/** Equal in all that a word may have, unknown keys included. */
function isSame(a: TranscriptWord, b: TranscriptWord): boolean {
  if (a.start !== b.start || a.word !== b.word) return false;
  const [left, right] = [Object.entries(a), Object.entries(b)];
  return left.length === right.length && left.every(([key, value]) => Object(b)[key] === value);
}

/** The first word that starts at or after this time, if the words are in order. */
function indexByStart(words: readonly TranscriptWord[], start: number): number {
  let [low, high] = [0, words.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((words[middle]?.start ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  return low;
}
