import { firstIndex } from "../first-index.ts";
import { JsonLists } from "./json-lists.ts";
import type { SpeakerSegment, Transcript, TranscriptWord } from "./transcript.ts";

/**
 * The transcript whose JSON comes in slices, as `serializeTranscript` wrote it. The JSON never stands in memory whole,
 * and the words of a turn are the same objects as those of the transcript, so that 100,000 words take a fifth of what
 * JSON.parse would.
 */
export async function parseTranscriptSlices(
  slices: AsyncIterable<string> | Iterable<string>,
): Promise<Transcript> {
  const reader = new TranscriptReader();
  for await (const slice of slices) reader.push(slice);
  return reader.finish();
}

class TranscriptReader {
  readonly #lists: Record<string, unknown[]> = {};
  readonly #json = new JsonLists((key, items) => this.#addItems(key, items));
  #nextShared = 0;

  push(text: string): void {
    this.#json.push(text);
  }

  /** @throws SyntaxError when the slices were not the whole of a transcript */
  finish(): Transcript {
    const rest = this.#json.finish() as Omit<Transcript, "segments" | "words" | "speaker_segments">;
    return { segments: [], words: [], speaker_segments: [], ...rest, ...this.#lists };
  }

  #addItems(key: string, items: unknown[]): void {
    this.#lists[key] ??= [];
    const list = this.#lists[key];
    if (key === "speaker_segments") {
      for (const turn of items as SpeakerSegment[]) turn.words = turn.words.map((word) => this.#share(word));
    }
    for (const item of items) list.push(item);
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
  return firstIndex(words.length, (index) => (words[index]?.start ?? 0) >= start);
}
