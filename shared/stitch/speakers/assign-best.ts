/**
 * The best assignment of rows to columns, each column to one row at most (Hungarian method, exact, rows² × columns):
 * for each row its column, so that the sum of scores is greatest. There must be as many columns as rows, or more.
 */
export function assignBest(scores: readonly (readonly number[])[]): number[] {
  const rows = scores.length;
  const columns = scores[0]?.length ?? 0;
  if (columns < rows) throw new RangeError(`${rows} rows have only ${columns} columns`);
  // Row and column 0 stand for none; potentials make every cost along the matching zero and no other one negative.
  const rowPotential = new Float64Array(rows + 1);
  const columnPotential = new Float64Array(columns + 1);
  const rowOf = new Int32Array(columns + 1);
  for (let row = 1; row <= rows; row++) {
    const cheapest = new Float64Array(columns + 1).fill(Number.POSITIVE_INFINITY);
    const cameFrom = new Int32Array(columns + 1);
    const visited = new Uint8Array(columns + 1);
    let column = 0;
    rowOf[0] = row;
    do {
      visited[column] = 1;
      const at = rowOf[column] ?? 0;
      let step = Number.POSITIVE_INFINITY;
      let next = 0;
      for (let to = 1; to <= columns; to++) {
        if (visited[to]) continue;
        const cost = -(scores[at - 1]?.[to - 1] ?? 0) - (rowPotential[at] ?? 0) - (columnPotential[to] ?? 0);
        if (cost < (cheapest[to] ?? 0)) {
          cheapest[to] = cost;
          cameFrom[to] = column;
        }
        if ((cheapest[to] ?? 0) < step) {
          step = cheapest[to] ?? 0;
          next = to;
        }
      }
      for (let to = 0; to <= columns; to++) {
        if (visited[to]) {
          const owner = rowOf[to] ?? 0;
          rowPotential[owner] = (rowPotential[owner] ?? 0) + step;
          columnPotential[to] = (columnPotential[to] ?? 0) - step;
        } else cheapest[to] = (cheapest[to] ?? 0) - step;
      }
      column = next;
    } while (rowOf[column] !== 0);
    for (; column !== 0; column = cameFrom[column] ?? 0) rowOf[column] = rowOf[cameFrom[column] ?? 0] ?? 0;
  }
  const columnOf = new Array<number>(rows).fill(-1);
  for (let column = 1; column <= columns; column++) {
    const row = rowOf[column] ?? 0;
    if (row > 0) columnOf[row - 1] = column - 1;
  }
  return columnOf;
}
