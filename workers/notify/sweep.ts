import { describeError, log } from "../../shared/log.ts";
import { deliveryMessage, eventMessage, type NotifyMessage } from "../../shared/message.ts";
import { sweepDeliveries, sweepDeliveriesAgain } from "../../shared/storage/deliveries.ts";
import { sweepEvents, sweepEventsAgain } from "../../shared/storage/events.ts";
import type { World } from "./world.ts";

/** What one sendBatch takes. */
const BATCH = 100;
const MAX_BATCHES = 50;

/** Wakes what is due although its message should have come: events without deliveries, deliveries without a try. */
export async function wakeDeliveries(world: World): Promise<void> {
  const { db } = world;
  await wakeAll(world, {
    sweep: () => sweepEvents(db, world.now(), BATCH),
    message: eventMessage,
    again: (ids) => sweepEventsAgain(db, ids, world.now()),
  });
  await wakeAll(world, {
    sweep: () => sweepDeliveries(db, world.now(), BATCH),
    message: deliveryMessage,
    again: (ids) => sweepDeliveriesAgain(db, ids, world.now()),
  });
}

type Sweep = {
  /** What is due; each call gives others. */
  sweep(): Promise<string[]>;
  message(id: string): NotifyMessage;
  again(ids: string[]): Promise<void>;
};

async function wakeAll(world: World, { sweep, message, again }: Sweep): Promise<void> {
  for (let n = 0; n < MAX_BATCHES; n++) {
    const ids = await sweep();
    if (ids.length === 0) return;
    log("sweep.notifications_woken", { count: ids.length });
    try {
      await world.notifyQueue.sendBatch(ids.map((id) => ({ body: message(id) })));
    } catch (error) {
      log("sweep.send_failed", { error: describeError(error) });
      return again(ids);
    }
    if (ids.length < BATCH) return;
  }
}
