import { describeError, log } from "../log.ts";
import { backoffMs } from "./backoff.ts";

const RETRY = { baseMs: 5_000, maxMs: 600_000 };

/** How a Worker handles the messages of one of its queues. */
type Consumer<M> = {
  /** The queue's name in the log. */
  queue: string;
  /** The message, or null when it is not one of ours. */
  parse(body: unknown): M | null;
  /** When it rejects, the message is retried later. */
  work(message: M): Promise<void>;
  logCrash(message: M, crash: { try: number; error: string }): void;
};

/** Handles each message alone: it is acknowledged or retried. Never throws, so one message cannot fail the batch. */
export async function consume<M>(
  { messages }: MessageBatch,
  consumer: Consumer<M>,
  random = Math.random,
): Promise<void> {
  await Promise.all(messages.map((message) => consumeOne(message, consumer, random)));
}

async function consumeOne<M>(
  message: Message,
  { queue, parse, work, logCrash }: Consumer<M>,
  random: () => number,
): Promise<void> {
  const body = parse(message.body);
  if (body === null) {
    log("message.malformed", { queue, id: message.id });
    return message.ack();
  }
  try {
    await work(body);
    message.ack();
  } catch (error) {
    logCrash(body, { try: message.attempts, error: describeError(error) });
    message.retry({ delaySeconds: Math.ceil(backoffMs(message.attempts, random(), RETRY) / 1000) });
  }
}
