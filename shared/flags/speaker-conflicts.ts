import type { SpeakerSegment, TranscriptWord } from "../transcript.ts";

/** Word times and turn times are rounded apart by the upstream; closer than this they agree. */
export const TOLERANCE_SECONDS = 0.25;

/**
 * Finds words that no turn of their speaker has at their time, while words and turns come in by and by. A word is
 * judged when no later turn can reach back to it.
 */
export class SpeakerConflicts {
  #words: TranscriptWord[] = [];
  #turns: SpeakerSegment[] = [];
  #hasTurns = false;
  /** The row that the next word may belong to. */
  #row: TranscriptWord[] = [];

  /** The conflicts that are certain now, as rows of neighbouring words. */
  take(words: readonly TranscriptWord[], turns: readonly SpeakerSegment[]): TranscriptWord[][] {
    for (const word of words) if (word.speaker_id !== undefined) this.#words.push(word);
    for (const turn of turns) this.#turns.push(turn);
    this.#hasTurns ||= turns.length > 0;
    return this.#judge((this.#turns.at(-1)?.start ?? 0) - TOLERANCE_SECONDS);
  }

  finish(): TranscriptWord[][] {
    if (!this.#hasTurns) return [];
    const rows = this.#judge(Number.POSITIVE_INFINITY);
    return this.#row.length > 0 ? [...rows, this.#row] : rows;
  }

  /** Of the words that end before `until`; all of them are over, and so are the turns that end before the others. */
  #judge(until: number): TranscriptWord[][] {
    let judged = this.#words.findIndex((word) => word.end > until);
    if (judged < 0) judged = this.#words.length;
    const rows: TranscriptWord[][] = [];
    let from = 0;
    for (const word of this.#words.splice(0, judged)) {
      while ((this.#turns[from]?.end ?? Number.POSITIVE_INFINITY) < word.start - TOLERANCE_SECONDS) from++;
      if (!hasTurn(this.#turns, from, word)) {
        this.#row.push(word);
      } else if (this.#row.length > 0) {
        rows.push(this.#row);
        this.#row = [];
      }
    }
    this.#turns.splice(0, from);
    return rows;
  }
}

function hasTurn(turns: readonly SpeakerSegment[], from: number, word: TranscriptWord): boolean {
  for (let at = from; at < turns.length; at++) {
    const turn = turns[at];
    if (!turn || turn.start > word.start + TOLERANCE_SECONDS) return false;
    if (turn.speaker_id === word.speaker_id && turn.end >= word.start - TOLERANCE_SECONDS) return true;
  }
  return false;
}
