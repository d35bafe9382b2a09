import type { SpeakerSegment, TranscriptWord } from "../transcript/transcript.ts";

/** Word times and turn times are rounded apart by the upstream; closer than this they agree. */
const TOLERANCE_SECONDS = 0.25;

/**
 * Finds words that no turn of their speaker has at their time, while words and turns come in by and by, both in the
 * order of time. A word is checked when all turns that begin before it are known.
 */
export class SpeakerConflicts {
  #words: TranscriptWord[] = [];
  /** Turns that no checked word has reached. */
  #turns: SpeakerSegment[] = [];
  /** For each speaker the latest end of the turns that words have reached. */
  readonly #talksUntil = new Map<string, number>();
  #known = Number.NEGATIVE_INFINITY;
  /** The row that the next word may belong to. */
  #row: TranscriptWord[] = [];

  /** The conflicts that are certain now, as rows of neighbouring words. */
  add(words: readonly TranscriptWord[], turns: readonly SpeakerSegment[]): TranscriptWord[][] {
    for (const word of words) if (word.speaker_id !== undefined) this.#words.push(word);
    for (const turn of turns) {
      this.#turns.push(turn);
      this.#known = Math.max(this.#known, turn.start);
    }
    return this.#check(this.#known - TOLERANCE_SECONDS);
  }

  finish(): TranscriptWord[][] {
    const hasTurns = this.#known > Number.NEGATIVE_INFINITY;
    if (!hasTurns) return [];
    const rows = this.#check(Number.POSITIVE_INFINITY);
    return this.#row.length > 0 ? [...rows, this.#row] : rows;
  }

  /** Of the words that begin before `until`. */
  #check(until: number): TranscriptWord[][] {
    let checked = this.#words.findIndex((word) => word.start >= until);
    if (checked < 0) checked = this.#words.length;
    const rows: TranscriptWord[][] = [];
    let reached = 0;
    for (const word of this.#words.splice(0, checked)) {
      for (let turn = this.#turns[reached]; turn; turn = this.#turns[++reached]) {
        if (turn.start > word.start + TOLERANCE_SECONDS) break;
        const end = this.#talksUntil.get(turn.speaker_id) ?? 0;
        this.#talksUntil.set(turn.speaker_id, Math.max(end, turn.end));
      }
      const talksUntil = this.#talksUntil.get(word.speaker_id ?? "") ?? Number.NEGATIVE_INFINITY;
      if (talksUntil < word.start - TOLERANCE_SECONDS) {
        this.#row.push(word);
      } else if (this.#row.length > 0) {
        rows.push(this.#row);
        this.#row = [];
      }
    }
    this.#turns.splice(0, reached);
    return rows;
  }
}
