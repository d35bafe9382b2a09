import { log } from "../../shared/log.ts";
import { type DeliveryOutcome, recordAttempts } from "../../shared/storage/deliveries.ts";
import type { Deps } from "./deps.ts";

/**
 * Records outcomes as they come in. While one batch is being written, the next one gathers: a lone attempt is written
 * at once, and of many each round trip takes what there is.
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
        // Deleted, or recorded by another Worker before: its record stands.
        if (lost > 0) log("delivery.record_lost", { count: lost });
      }
    } catch (error) {
      failure = { error };
    } finally {
      isWriting = false; // directly after the last check: a later outcome starts a new write
    }
  }

  return {
    /** Writes `also` in the same batch. */
    add(outcome: DeliveryOutcome, also: D1PreparedStatement[]): void {
      outcomes.push(outcome);
      notes.push(...also);
      if (!isWriting) written = write();
    },
    /** Resolves when all that was added is recorded. @throws the database's error */
    async done(): Promise<void> {
      await written;
      if (failure) throw failure.error;
    },
  };
}
