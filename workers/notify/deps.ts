import type { NotifyMessage } from "../../shared/queue/message.ts";
import type { NotifyConfig } from "./config.ts";

/** Everything outside itself that the notify Worker touches. Tests bring their own clock, randomness and network. */
export type Deps = {
  db: D1Database;
  notifyQueue: Pick<Queue<NotifyMessage>, "send" | "sendBatch">;
  config: NotifyConfig;
  fetch: typeof fetch;
  now: () => number;
  random: () => number;
  pause: (ms: number) => Promise<void>;
  /** Continues work after its message is acknowledged, for at most 30 s. */
  waitUntil: (work: Promise<void>) => void;
};
