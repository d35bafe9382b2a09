/** A turn that lasts longer is taken for dead: an invocation that was ended leaves no trace in its isolate. */
const LONGEST_TURN_MS = 120_000;

type Turns = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Runs one after another what would not fit into memory side by side. Nobody waits for one turn longer than
 * `longestMs`: what is waited for may belong to an invocation that is no more.
 */
export function createTurns(longestMs: number = LONGEST_TURN_MS): Turns {
  let before: Promise<unknown> = Promise.resolve();
  return async (work) => {
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    const turn = before;
    before = over;
    try {
      await endedWithin(turn, longestMs);
      return await work();
    } finally {
      end();
    }
  };
}

async function endedWithin(turn: Promise<unknown>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([turn, patience]);
  clearTimeout(timer);
}
