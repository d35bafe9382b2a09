import { log } from "../../shared/log.ts";
import type { NotifyMessage } from "../../shared/queue/message.ts";
import type { Deps } from "./deps.ts";

/**
 * A message that kept failing carried only an id: the event or delivery itself is in D1, where the sweep finds it
 * again. Nothing is lost, but the operator should know.
 */
export async function reviveDeadMessage(_world: Deps, message: NotifyMessage): Promise<void> {
  log("operator.notify_dead_letter", { ...message });
}
