import { describeError, log } from "./log.ts";

/** What one sendBatch takes. */
export const MAX_BATCH = 100;
const MAX_BATCHES = 50;

export type Due<T, M> = {
  /** For the log: `sweep.jobs_woken`. */
  what: string;
  /** What is due, at most so many; each call gives others. */
  sweep(limit: number): Promise<T[]>;
  message(due: T): M;
  /** After a failed send: the next sweep is to try these again. */
  again(due: T[]): Promise<void>;
};

/** Sends a wake-up for all that is due, in batches, as far as one sweep goes. */
export async function wakeDue<T, M>(
  queue: { sendBatch(messages: { body: M }[]): Promise<unknown> },
  { what, sweep, message, again }: Due<T, M>,
): Promise<void> {
  for (let n = 0; n < MAX_BATCHES; n++) {
    const due = await sweep(MAX_BATCH);
    if (due.length === 0) return;
    log(`sweep.${what}_woken`, { count: due.length });
    try {
      await queue.sendBatch(due.map((item) => ({ body: message(item) })));
    } catch (error) {
      log("sweep.send_failed", { what, error: describeError(error) });
      return again(due);
    }
    if (due.length < MAX_BATCH) return;
  }
}
