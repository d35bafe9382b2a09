import { MAX_SLICE_BYTES, sliceText } from "../transcript/slices.ts";
import { KEYS, keysInOrder } from "../transcript/transcript-keys.ts";
import type { StitchedEnd, StitchedPiece } from "./stitcher.ts";

/**
 * Writes a stitched transcript as the JSON of `serializeTranscript`, to the byte, while its pieces come in. The JSON
 * begins with what is known last, so the pieces wait as text: that takes the size of the JSON once, and no object.
 */
export class TranscriptJson {
  readonly #text: string[] = [];
  readonly #segments: string[] = [];
  readonly #words: string[] = [];
  readonly #turns: string[] = [];

  add(piece: StitchedPiece): void {
    // Without its quotes the JSON of a text is that of its pieces, one behind the other.
    this.#text.push(JSON.stringify(piece.text).slice(1, -1));
    addItems(this.#segments, piece.segments, KEYS.segment);
    addItems(this.#words, piece.words, KEYS.word);
    const turns = piece.speaker_segments.map((turn) => ({
      ...keysInOrder(turn, KEYS.speakerSegment),
      words: turn.words.map((word) => keysInOrder(word, KEYS.word)),
    }));
    addItems(this.#turns, turns, KEYS.speakerSegment);
  }

  /** The JSON in pieces, in order, each given away once. */
  *finish({ piece, summary, extra }: StitchedEnd): Generator<string> {
    this.add(piece);
    const head = JSON.stringify({ language: summary.language, duration: summary.duration });
    yield `${head.slice(0, -1)},"text":"`;
    yield* drain(this.#text, "");
    yield '","segments":[';
    yield* drain(this.#segments, ",");
    yield '],"words":[';
    yield* drain(this.#words, ",");
    yield '],"speaker_segments":[';
    yield* drain(this.#turns, ",");
    const rest = JSON.stringify(extra).slice(1, -1);
    yield rest === "" ? "]}" : `],${rest}}`;
  }
}

/** The same text in slices as large as `sliceText` makes them, from pieces of any size. */
export function* slicePieces(
  pieces: Iterable<string>,
  maxBytes: number = MAX_SLICE_BYTES,
): Generator<string> {
  let rest = "";
  for (const piece of pieces) {
    rest += piece;
    if (rest.length < maxBytes) continue;
    const slices = sliceText(rest, maxBytes);
    rest = slices.pop() ?? "";
    yield* slices;
  }
  yield* sliceText(rest, maxBytes);
}

function addItems(to: string[], items: readonly object[], named: readonly string[]): void {
  if (items.length === 0) return;
  to.push(JSON.stringify(items.map((item) => keysInOrder(item, named))).slice(1, -1));
}

function* drain(pieces: string[], separator: string): Generator<string> {
  for (const [index, piece] of pieces.entries()) {
    pieces[index] = "";
    yield index === 0 ? piece : separator + piece;
  }
}
