/** A batch of messages as a queue hands it to a consumer, and what became of each. */
export function makeBatch(
  queue: string,
  bodies: unknown[],
  { attempts = 1 } = {},
): { batch: MessageBatch; outcomes: () => string[] } {
  const seen: string[][] = bodies.map(() => []);
  const messages = bodies.map((body, at): Message => {
    const note = (outcome: string) => void seen[at]?.push(outcome);
    return {
      id: `message-${at}`,
      timestamp: new Date(0),
      body,
      attempts,
      ack: () => note("ack"),
      retry: (options) => note(`retry after ${options?.delaySeconds ?? 0} s`),
    };
  });
  const refuse = () => {
    throw new Error("a batch is never answered as a whole: it would take the others along");
  };
  return {
    batch: {
      queue,
      messages,
      ackAll: refuse,
      retryAll: refuse,
      metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } },
    },
    outcomes: () => seen.map((outcomes) => outcomes.join(", then ")),
  };
}
