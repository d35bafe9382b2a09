/** Old words (end excluded) that became new words. */
type Hunk = { oldFirst: number; oldEnd: number; newFirst: number; newEnd: number };

/** The changes that turn one list of words into the other, by their longest common subsequence; in order. */
export function diffWords(before: readonly string[], after: readonly string[]): Hunk[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  const most = Math.min(before.length, after.length) - head;
  while (tail < most && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const rows = before.length - head - tail;
  const columns = after.length - head - tail;
  const common = commonLengths(before.slice(head, head + rows), after.slice(head, head + columns));
  const at = (row: number, column: number) => common[row * (columns + 1) + column] ?? 0;

  const hunks: Hunk[] = [];
  let [row, column] = [0, 0];
  while (row < rows || column < columns) {
    if (row < rows && column < columns && before[head + row] === after[head + column]) {
      row++;
      column++;
      continue;
    }
    const hunk = { oldFirst: head + row, newFirst: head + column };
    while (
      (row < rows || column < columns) &&
      !(row < rows && column < columns && before[head + row] === after[head + column])
    ) {
      if (column === columns || (row < rows && at(row + 1, column) >= at(row, column + 1))) row++;
      else column++;
    }
    hunks.push({ ...hunk, oldEnd: head + row, newEnd: head + column });
  }
  return hunks;
}

/** The length of the common subsequence for each pair of endings: rows of the first list, columns of the second. */
function commonLengths(before: readonly string[], after: readonly string[]): Uint32Array {
  const width = after.length + 1;
  const lengths = new Uint32Array((before.length + 1) * width);
  for (let row = before.length - 1; row >= 0; row--) {
    for (let column = after.length - 1; column >= 0; column--) {
      lengths[row * width + column] =
        before[row] === after[column]
          ? (lengths[(row + 1) * width + column + 1] ?? 0) + 1
          : Math.max(lengths[(row + 1) * width + column] ?? 0, lengths[row * width + column + 1] ?? 0);
    }
  }
  return lengths;
}
