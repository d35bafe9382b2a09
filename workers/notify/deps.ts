import type { NotifyMessage } from "../../shared/queue/message.ts";
import type { NotifyConfig } from "./config.ts";

/** All that the notify Worker touches outside itself; tests bring their own clock, dice and network. */
export type Deps = {
  db: D1Database;
  notifyQueue: Pick<Queue<NotifyMessage>, "send" | "sendBatch">;
  config: NotifyConfig;
  fetch: typeof fetch;
  now: () => number;
  random: () => number;
  pause: (ms: number) => Promise<void>;
  /** Goes on with work behind a message that is acknowledged already, for at most half a minute. */
  waitUntil: (work: Promise<void>) => void;
};
