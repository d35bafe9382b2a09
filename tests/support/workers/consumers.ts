import { handle, type TestDeps } from "./transcribe-deps.ts";

/**
 * The queue and its consumers: delivers the messages in order, at most `consumers` at once, until none is left and
 * no consumer works. When no message is due yet, the clock is set to the next one's time.
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
