import type { PartName } from "../../../shared/part.ts";
import { partMessage } from "../../../shared/queue/message.ts";
import { wake } from "../../../shared/queue/wake.ts";
import type { Deps } from "../deps.ts";

/** Sends a wake-up for each released part. */
export async function wakeParts(deps: Deps, parts: PartName[]): Promise<void> {
  await wake(deps.transcribeQueue, parts.map(partMessage));
}
