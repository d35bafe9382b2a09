import { handle, type TestDeps } from "./transcribe-deps.ts";

/**
 * The queue and its consumers: delivers the messages in the order of their coming, a number at once, until none is
 * left and nobody works. When all that is left is not due yet, the clock is set to its time.
 */
export async function deliverAll(deps: TestDeps, consumers = 10): Promise<void> {
  const working = new Set<Promise<void>>();
  while (deps.inbox.length > 0 || working.size > 0) {
    const due = deps.inbox.findIndex(({ at }) => at <= deps.time);
    if (due >= 0 && working.size < consumers) {
      const [next] = deps.inbox.splice(due, 1);
      if (!next) continue;
      const work = handle(deps, next.message).finally(() => working.delete(work));
      working.add(work);
    } else if (working.size > 0) await Promise.race([...working, deps.untilSent()]);
    else deps.time = Math.min(...deps.inbox.map(({ at }) => at));
  }
}
