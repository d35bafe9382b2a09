/** Lets at most `maxParallel` calls of a costly function run at the same time; the others wait in order. */
export function limitParallel<Result, Rest extends unknown[]>(
  act: (path: string, signal: AbortSignal, ...rest: Rest) => Promise<Result>,
  maxParallel: number,
): (path: string, signal: AbortSignal, ...rest: Rest) => Promise<Result> {
  const waiting: (() => void)[] = [];
  let running = 0;

  return async (path, signal, ...rest) => {
    if (running >= maxParallel) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      // A call that was aborted while it waited costs nothing.
      signal.throwIfAborted();
      return await act(path, signal, ...rest);
    } finally {
      // The place goes straight to the next in line, so that no new call can take it in between.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
