import { log } from "../log.ts";
import { MAX_BATCH, type WakeQueue, wake } from "./wake.ts";

const MAX_BATCHES = 50;

export type Due<T, M> = {
  /** For the log: `sweep.jobs_woken`. */
  what: string;
  /** What is due, at most `limit`; each call returns others. */
  sweep(limit: number): Promise<T[]>;
  message(due: T): M;
  /** After a failed send: the next sweep is to try these again. */
  again(due: T[]): Promise<void>;
};

/** Sends a wake-up for all that is due, in batches, as far as one sweep goes. */
export async function wakeDue<T, M extends object>(
  queue: WakeQueue<M>,
  { what, sweep, message, again }: Due<T, M>,
): Promise<void> {
  for (let n = 0; n < MAX_BATCHES; n++) {
    const due = await sweep(MAX_BATCH);
    if (due.length === 0) return;
    log(`sweep.${what}_woken`, { count: due.length });
    if (!(await wake(queue, due.map(message)))) return again(due);
    if (due.length < MAX_BATCH) return;
  }
}
