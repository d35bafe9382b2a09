import type { FlagCounts } from "../../../shared/flag-kinds.ts";
import { countFlags, FlagFinder, type TranscriptPiece } from "../../../shared/flags/flag-finder.ts";
import { BlockBuilder, type SearchBlock } from "../../../shared/search/block.ts";

/** Collects what is stored beside a finished transcript: its search blocks and the counts of its flags. */
export class TranscriptIndex {
  readonly #blocks = new BlockBuilder();
  readonly #flags = new FlagFinder();

  /** The whole transcript, or the next piece of a long one. */
  add(piece: TranscriptPiece): void {
    this.#blocks.add(piece);
    this.#flags.add(piece);
  }

  finish(): { blocks: SearchBlock[]; flags: FlagCounts } {
    return { blocks: this.#blocks.finish(), flags: countFlags(this.#flags.finish()) };
  }
}
