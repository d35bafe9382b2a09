import { NameCarrier, type NamedVoice } from "../../../shared/edits/carry-names.ts";
import type { FlagCounts } from "../../../shared/flag-kinds.ts";
import { countFlags, FlagFinder, type TranscriptPiece } from "../../../shared/flags/flag-finder.ts";
import { BlockBuilder, type SearchBlock } from "../../../shared/search/block.ts";

/** Collects what is stored beside a finished transcript: its search blocks, the counts of its flags, and who in it has names already. */
export class TranscriptIndex {
  readonly #blocks = new BlockBuilder();
  readonly #flags = new FlagFinder();
  readonly #names: NameCarrier;

  constructor(voices: readonly NamedVoice[]) {
    this.#names = new NameCarrier(voices);
  }

  /** The whole transcript, or the next piece of a long one. */
  add(piece: TranscriptPiece): void {
    this.#blocks.add(piece);
    this.#flags.add(piece);
    this.#names.add(piece.speaker_segments);
  }

  finish(): { blocks: SearchBlock[]; flags: FlagCounts; speakers: Record<string, string> } {
    return {
      blocks: this.#blocks.finish(),
      flags: countFlags(this.#flags.finish()),
      speakers: this.#names.finish(),
    };
  }
}
