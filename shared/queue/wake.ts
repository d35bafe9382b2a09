import { describeError, log } from "../log.ts";

/** What one sendBatch takes. */
export const MAX_BATCH = 100;

/** A queue, as far as waking goes. */
export type WakeQueue<M> = { sendBatch(messages: { body: M }[]): Promise<unknown> };

/**
 * Wakes a Worker to what is safe in D1 already: so the present work goes on when a message cannot be sent, and the
 * sweep sends it.
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
