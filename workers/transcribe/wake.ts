import type { PartName } from "../../shared/part.ts";
import { partMessage, type TranscribeMessage } from "../../shared/queue/message.ts";
import { wake } from "../../shared/queue/wake.ts";
import type { Deps } from "./deps.ts";

/** A message of its own, not a retry of the present one: waiting must not use up the queue's patience. */
export async function wakeAt(deps: Deps, message: TranscribeMessage, at: number): Promise<void> {
  const delaySeconds = Math.max(0, Math.ceil((at - deps.now()) / 1000));
  await deps.transcribeQueue.send(message, { delaySeconds });
}

/** Wakes parts that have been released. */
export async function wakeParts(deps: Deps, parts: PartName[]): Promise<void> {
  await wake(deps.transcribeQueue, parts.map(partMessage));
}
