import type { NotifyMessage, TranscribeMessage } from "../../shared/queue/message.ts";
import type { TranscribeConfig } from "./config.ts";

/** Everything outside the code that the transcribe Worker uses. Tests bring their own clock, randomness and network. */
export type Deps = {
  db: D1Database;
  bucket: R2Bucket;
  transcribeQueue: Pick<Queue<TranscribeMessage>, "send" | "sendBatch">;
  notifyQueue: Pick<Queue<NotifyMessage>, "sendBatch">;
  config: TranscribeConfig;
  fetch: typeof fetch;
  now: () => number;
  random: () => number;
  pause: (ms: number) => Promise<void>;
};
