/** Lets a costly function run only so often at the same time; the others wait their turn. */
export function takeTurns<Result>(
  act: (path: string, signal: AbortSignal) => Promise<Result>,
  maxParallel: number,
): (path: string, signal: AbortSignal) => Promise<Result> {
  const waiting: (() => void)[] = [];
  let running = 0;

  return async (path, signal) => {
    if (running >= maxParallel) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      // Whoever left while waiting costs nothing.
      signal.throwIfAborted();
      return await act(path, signal);
    } finally {
      // The place goes straight to the next in line, so nobody can slip in between.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
