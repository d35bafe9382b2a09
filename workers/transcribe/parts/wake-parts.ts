import type { PartName } from "../../../shared/part.ts";
import { partMessage } from "../../../shared/queue/message.ts";
import { wake } from "../../../shared/queue/wake.ts";
import type { Deps } from "../deps.ts";

/** Wakes parts that have been released. */
export async function wakeParts(deps: Deps, parts: PartName[]): Promise<void> {
  await wake(deps.transcribeQueue, parts.map(partMessage));
}
