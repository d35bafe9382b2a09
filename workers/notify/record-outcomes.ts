import { log } from "../../shared/log.ts";
import { type DeliveryOutcome, recordAttempts } from "../../shared/storage/deliveries.ts";
import type { Deps } from "./deps.ts";

/**
 * Puts outcomes on record as they come in. While one batch is on its way to the database the next one gathers, so a
 * lone attempt is written at once, and of many each trip takes what there is.
 */
export function createRecorder(deps: Deps) {
  let outcomes: DeliveryOutcome[] = [];
  let notes: D1PreparedStatement[] = [];
  let isWriting = false;
  let written = Promise.resolve();
  let failure: { error: unknown } | null = null;

  async function write(): Promise<void> {
    isWriting = true;
    try {
      while (outcomes.length > 0) {
        const [taken, noted] = [outcomes, notes];
        [outcomes, notes] = [[], []];
        const results = await deps.db.batch([...noted, ...recordAttempts(deps.db, taken)]);
        const lost = taken.length - (results.at(-1)?.meta.changes ?? 0);
        // Deleted, or another Worker was faster: its record stands.
        if (lost > 0) log("delivery.record_lost", { count: lost });
      }
    } catch (error) {
      failure = { error };
    } finally {
      isWriting = false; // at once after the last look: what is added from here on is written by another
    }
  }

  return {
    /** `also` is written in the same batch. */
    add(outcome: DeliveryOutcome, also: D1PreparedStatement[]): void {
      outcomes.push(outcome);
      notes.push(...also);
      if (!isWriting) written = write();
    },
    /** When all that was added is on record. @throws what the database did */
    async done(): Promise<void> {
      await written;
      if (failure) throw failure.error;
    },
  };
}
