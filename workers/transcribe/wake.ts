import { describeError, log } from "../../shared/log.ts";
import { partMessage, type TranscribeMessage } from "../../shared/message.ts";
import type { PartName } from "../../shared/part.ts";
import type { World } from "./world.ts";

/** What one sendBatch takes. */
export const MAX_BATCH = 100;

/** A message of its own, not a retry of the present one: waiting must not use up the queue's patience. */
export async function wakeAt(world: World, message: TranscribeMessage, at: number): Promise<void> {
  const delaySeconds = Math.max(0, Math.ceil((at - world.now()) / 1000));
  await world.transcribeQueue.send(message, { delaySeconds });
}

/** Wakes parts that have been released. What cannot be sent now, the sweep sends: the present work goes on. */
export async function wakeParts(world: World, parts: PartName[]): Promise<void> {
  try {
    for (let from = 0; from < parts.length; from += MAX_BATCH) {
      const batch = parts.slice(from, from + MAX_BATCH);
      await world.transcribeQueue.sendBatch(batch.map((part) => ({ body: partMessage(part) })));
    }
  } catch (error) {
    log("part.send_failed", { count: parts.length, error: describeError(error) });
  }
}
