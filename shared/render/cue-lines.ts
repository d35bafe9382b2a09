import type { SubtitleRules } from "./subtitle-rules.ts";

/** How much longer the longer line may be for the first to end in punctuation. */
const PUNCTUATION_COLUMNS = 8;

/** What is laid on a line: a word, or the label in front of the first. */
export type Box = { readonly text: string; readonly columns: number; readonly spaced: boolean };

/** Tells how many boxes in a row fit into a cue, filling its lines from the top. */
export class LineFiller {
  readonly #rules: SubtitleRules;
  #lines = 0;
  #used = 0;
  #total = 0;

  constructor(label: Box | undefined, rules: SubtitleRules) {
    this.#rules = rules;
    if (label) this.add(label);
  }

  /** False when the box does not fit any more. */
  add(box: Box): boolean {
    const gap = box.spaced && this.#total > 0 ? 1 : 0;
    if (this.#lines > 0 && this.#used + gap + box.columns <= this.#rules.maxLineColumns) {
      this.#used += gap + box.columns;
    } else {
      if (this.#lines === this.#rules.maxLines) return false;
      this.#lines++;
      this.#used = box.columns;
    }
    this.#total += gap + box.columns;
    return true;
  }

  /** The share of the cue that is filled: 0 to 1, about. */
  get filled(): number {
    return this.#total / (this.#rules.maxLines * this.#rules.maxLineColumns);
  }
}

/**
 * The boxes on one line if they fit there, else on as few lines as they fit on, of about the same length, broken after
 * punctuation if that is near. A label stands alone on its line only when no word fits beside it.
 */
export function layLines(
  words: readonly Box[],
  label: Box | undefined,
  { maxLineColumns }: SubtitleRules,
): string[] {
  const boxes = label ? [label, ...words] : words;
  const ends = lineEnds(boxes, maxLineColumns);
  return breakEvenly(boxes, ends.length, label ? 2 : 1, maxLineColumns).map(joinBoxes);
}

/** Where the lines end when each is filled before the next. */
function lineEnds(boxes: readonly Box[], lineColumns: number): number[] {
  const ends: number[] = [];
  let from = 0;
  for (let to = 1; to <= boxes.length; to++) {
    if (to < boxes.length && columnsTo(boxes, from, to + 1) <= lineColumns) continue;
    ends.push(to);
    from = to;
  }
  return ends;
}

/** Breaks behind `first` boxes or later; one line after another, each with its even share of what is left. */
function breakEvenly(
  boxes: readonly Box[],
  lines: number,
  first: number,
  lineColumns: number,
): (readonly Box[])[] {
  if (lines < 2) return [boxes];
  let best = 1;
  let least = Number.POSITIVE_INFINITY;
  for (let at = first; at < boxes.length; at++) {
    const head = columnsTo(boxes, 0, at);
    if (head > lineColumns) break;
    const rest = boxes.slice(at);
    if (lineEnds(rest, lineColumns).length > lines - 1) continue;
    const longer = Math.max(head, columnsTo(rest, 0, rest.length) / (lines - 1));
    const length = longer - (/[\p{Po}\p{Pd}]$/u.test(boxes[at - 1]?.text ?? "") ? PUNCTUATION_COLUMNS : 0);
    if (length < least) {
      best = at;
      least = length;
    }
  }
  return [boxes.slice(0, best), ...breakEvenly(boxes.slice(best), lines - 1, 1, lineColumns)];
}

function columnsTo(boxes: readonly Box[], from: number, to: number): number {
  let columns = 0;
  for (const [index, box] of boxes.slice(from, to).entries()) {
    columns += box.columns + (box.spaced && index > 0 ? 1 : 0);
  }
  return columns;
}

function joinBoxes(boxes: readonly Box[]): string {
  return boxes.map((box, index) => (box.spaced && index > 0 ? ` ${box.text}` : box.text)).join("");
}
