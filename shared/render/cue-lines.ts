import { MAX_LINE_COLUMNS } from "./columns.ts";

const MAX_LINES = 2;
/** How much longer the longer line may be for the first to end in punctuation. */
const PUNCTUATION_COLUMNS = 8;

/** What is laid on a line: a word, or the label in front of the first. */
export type Box = { readonly text: string; readonly columns: number; readonly spaced: boolean };

/** Tells how many boxes in a row fit into a cue, filling its lines from the top. */
export class LineFiller {
  private lines = 0;
  private used = 0;
  private total = 0;

  constructor(label: Box | undefined) {
    if (label) this.add(label);
  }

  /** False when the box does not fit any more. */
  add(box: Box): boolean {
    const gap = box.spaced && this.total > 0 ? 1 : 0;
    if (this.lines > 0 && this.used + gap + box.columns <= MAX_LINE_COLUMNS) {
      this.used += gap + box.columns;
    } else {
      if (this.lines === MAX_LINES) return false;
      this.lines++;
      this.used = box.columns;
    }
    this.total += gap + box.columns;
    return true;
  }

  /** The share of the cue that is filled: 0 to 1, about. */
  get filled(): number {
    return this.total / (MAX_LINES * MAX_LINE_COLUMNS);
  }
}

/**
 * The boxes on one line if they fit there, else on two of about the same length, broken after punctuation if that
 * is near. A label stands alone on its line only when no word fits beside it.
 */
export function layLines(words: readonly Box[], label: Box | undefined): string[] {
  const boxes = label ? [label, ...words] : words;
  const whole = columnsTo(boxes, 0, boxes.length);
  if (whole <= MAX_LINE_COLUMNS) return [joinBoxes(boxes)];
  let best = 1;
  let least = Number.POSITIVE_INFINITY;
  for (let at = label ? 2 : 1; at < boxes.length; at++) {
    const longer = Math.max(columnsTo(boxes, 0, at), columnsTo(boxes, at, boxes.length));
    const length = longer - (/[\p{Po}\p{Pd}]$/u.test(boxes[at - 1]?.text ?? "") ? PUNCTUATION_COLUMNS : 0);
    if (longer <= MAX_LINE_COLUMNS && length < least) {
      best = at;
      least = length;
    }
  }
  return [joinBoxes(boxes.slice(0, best)), joinBoxes(boxes.slice(best))];
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
