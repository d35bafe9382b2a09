import { describeError, log } from "../log.ts";

/** The most messages that sendBatch accepts. */
export const MAX_BATCH = 100;

/** The part of a queue that sends wake-ups. */
export type WakeQueue<M> = { sendBatch(messages: { body: M }[]): Promise<unknown> };

/**
 * Wakes a Worker for something that is stored in D1 already. A message that cannot be sent is no error: the sweep sends
 * it later.
 * @returns whether all were sent
 */
export async function wake<M extends object>(queue: WakeQueue<M>, messages: M[]): Promise<boolean> {
  try {
    for (let from = 0; from < messages.length; from += MAX_BATCH) {
      await queue.sendBatch(messages.slice(from, from + MAX_BATCH).map((body) => ({ body })));
    }
    return true;
  } catch (error) {
    log("wake.send_failed", { ...messages[0], count: messages.length, error: describeError(error) });
    return false;
  }
}
