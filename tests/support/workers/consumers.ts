import { handle, type TestWorld } from "./transcribe-deps.ts";

/**
 * The queue and its consumers: hands over the messages in the order of their coming, so many at once, until none is
 * left and nobody works. When all that is left is not due yet, the clock is set to its time.
 */
export async function deliverAll(world: TestWorld, consumers = 10): Promise<void> {
  const working = new Set<Promise<void>>();
  while (world.inbox.length > 0 || working.size > 0) {
    const due = world.inbox.findIndex(({ at }) => at <= world.time);
    if (due >= 0 && working.size < consumers) {
      const [next] = world.inbox.splice(due, 1);
      if (!next) continue;
      const work = handle(world, next.message).finally(() => working.delete(work));
      working.add(work);
    } else if (working.size > 0) await Promise.race([...working, world.untilSent()]);
    else world.time = Math.min(...world.inbox.map(({ at }) => at));
  }
}
