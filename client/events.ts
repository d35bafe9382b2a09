import type { Client } from "openapi-fetch";
import type { components, paths } from "./api.ts";
import { UnreachableError } from "./errors.ts";
import type { Reach } from "./request.ts";

/** An event with the exact body and headers that a webhook has. */
export type FedEvent = components["schemas"]["FedEvent"];

type Page = paths["/v1/events"]["get"]["responses"]["200"]["content"]["application/json"];

export type EventsOptions = {
  types?: readonly FedEvent["type"][];
  /** How many of the newest events to start with; default: only future ones. */
  last?: number;
  /** Stops the loop, which then throws the signal's reason. */
  signal?: AbortSignal;
  /** Called once, when the starting point is fixed: all later events will arrive. */
  onReady?: () => void;
  /** Called when the server cannot be reached; it is retried from the same point. */
  onInterruption?: (error: UnreachableError) => void;
};

const WAIT_SECONDS = 50;
const COME_BACK_MS = 5_000;

/**
 * The tenant's events as they happen, none missed and none twice while the loop runs, even if the connection breaks.
 */
export async function* followEvents(
  reach: Reach,
  api: Client<paths>,
  { types, last = 0, signal, onReady, onInterruption }: EventsOptions,
): AsyncGenerator<FedEvent, never> {
  // The first request does not wait: it fixes the starting point.
  let from: { last: number } | { after: string } = { last };
  for (let wait = 0; ; wait = WAIT_SECONDS) {
    try {
      const query: paths["/v1/events"]["get"]["parameters"]["query"] = {
        ...from,
        wait,
        limit: 100,
        ...(types && { types: types.join(",") }),
      };
      const { data: page }: { data?: Page } = await api.GET("/v1/events", {
        params: { query },
        ...(signal && { signal }),
      });
      if (!page) throw new TypeError("The server's response has no events.");
      if ("last" in from) onReady?.();
      from = { after: page.next };
      yield* page.data;
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
      onInterruption?.(error);
      await reach.pause(COME_BACK_MS, signal);
    }
  }
}
