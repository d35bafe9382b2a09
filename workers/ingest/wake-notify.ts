import { describeError, log } from "../../shared/log.ts";
import type { NotifyMessage } from "../../shared/message.ts";

/** What it is about is safe in D1: a message that cannot be sent now is sent by the sweep. */
export async function wakeNotify(
  env: Pick<Cloudflare.IngestEnv, "NOTIFY_QUEUE">,
  message: NotifyMessage,
): Promise<void> {
  try {
    await env.NOTIFY_QUEUE.send(message);
  } catch (error) {
    log("notify.send_failed", { ...message, error: describeError(error) });
  }
}
