import { log } from "../log.ts";
import { MAX_BATCH, type WakeQueue, wake } from "./wake.ts";

const MAX_BATCHES = 50;

type Due<T, M> = {
  /** For the log: `sweep.jobs_woken`. */
  what: string;
  /** What is due, at most `limit`; each call returns others. */
  sweep(limit: number): Promise<T[]>;
  message(due: T): M;
  /** Called after a failed send: the next sweep tries these again. */
  again(due: T[]): Promise<void>;
};

/** Sends a wake-up for all that is due, in batches, up to what one sweep may send. */
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
