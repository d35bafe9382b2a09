import { MARK, type Operation } from "./count-operations.ts";

/** Nothing more comes from a local runtime that has been silent for so long. */
const QUIET_MS = 500;

/** Collects the operations that the wrapped Workers log. */
export function watchOperations() {
  let seen: Operation[] = [];
  let lastAt = 0;
  return {
    onLog(line: string): void {
      if (!line.startsWith(`{"${MARK}"`)) return;
      seen.push((JSON.parse(line) as { [MARK]: Operation })[MARK]); // count-operations.ts wrote it
      lastAt = performance.now();
    },
    /** What was done because of this work, when all is quiet again. */
    async during(work: () => Promise<unknown>): Promise<Operation[]> {
      seen = [];
      await work();
      lastAt = performance.now();
      while (performance.now() - lastAt < QUIET_MS) await new Promise((resolve) => setTimeout(resolve, 50));
      return seen;
    },
  };
}

/** What operations add up to. */
export function sumUp(operations: readonly Operation[]) {
  const sum = {
    runs: new Set(operations.map(({ run }) => run)).size,
    d1Trips: 0,
    d1Queries: 0,
    rowsRead: 0,
    rowsWritten: 0,
    classA: 0,
    classB: 0,
    queue: 0,
  };
  for (const operation of operations) {
    if (operation.kind === "d1-trip") sum.d1Trips++;
    else if (operation.kind === "queue") sum.queue += operation.count;
    else if (operation.kind === "r2") {
      if (operation.class === "A") sum.classA++;
      if (operation.class === "B") sum.classB++;
    } else {
      sum.d1Queries++;
      sum.rowsRead += operation.rowsRead;
      sum.rowsWritten += operation.rowsWritten;
    }
  }
  return sum;
}
