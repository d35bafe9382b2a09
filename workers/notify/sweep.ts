import { ATTEMPTS_KEPT_MS } from "../../shared/limits.ts";
import { describeError, log } from "../../shared/log.ts";
import { eventMessage, laneMessage, type NotifyMessage, replayMessage } from "../../shared/message.ts";
import { currentKeyId, seal, unseal } from "../../shared/seal.ts";
import { sweepEvents, sweepEventsAgain } from "../../shared/storage/events.ts";
import { sweepLanes, sweepLanesAgain } from "../../shared/storage/lanes.ts";
import { sweepReplays } from "../../shared/storage/replays.ts";
import { removeOld } from "../../shared/storage/retention.ts";
import { resealSecret, staleSecrets } from "../../shared/storage/webhook-secrets.ts";
import type { World } from "./world.ts";

/** What one sendBatch takes. */
const BATCH = 100;
const MAX_BATCHES = 50;
const REMOVE_BATCH = 500;
const RESEAL_BATCH = 50;

/** All that a sweep does; one thing that fails does not keep the others from their turn. */
export async function sweep(world: World): Promise<void> {
  for (const part of [wakeDue, removeOldAttempts, resealSecrets]) {
    await part(world).catch((error: unknown) => {
      log("sweep.failed", { part: part.name, error: describeError(error) });
    });
  }
}

/** Wakes what is due although its message should have come: events without deliveries, lanes, replays. */
async function wakeDue(world: World): Promise<void> {
  const { db } = world;
  await wakeAll(world, {
    sweep: () => sweepEvents(db, world.now(), BATCH),
    message: eventMessage,
    again: (ids) => sweepEventsAgain(db, ids, world.now()),
  });
  await wakeAll(world, {
    sweep: () => sweepLanes(db, world.now(), BATCH),
    message: laneMessage,
    again: (ids) => sweepLanesAgain(db, ids, world.now()),
  });
  await wakeAll(world, {
    sweep: () => sweepReplays(db, world.now(), BATCH),
    message: replayMessage,
    again: async () => undefined, // comes round again in half a minute
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

async function removeOldAttempts({ db, now }: World): Promise<void> {
  const before = now() - ATTEMPTS_KEPT_MS;
  for (let n = 0; n < MAX_BATCHES; n++) if ((await removeOld(db, before, REMOVE_BATCH)) === 0) return;
}

/** After a change of SIGNING_KEY: what is sealed with an older one is sealed with the current one, some each minute. */
async function resealSecrets({ db, config: { signingKey } }: World): Promise<void> {
  const stale = await staleSecrets(db, await currentKeyId(signingKey), RESEAL_BATCH);
  for (const secret of stale) {
    try {
      await resealSecret(db, secret, await seal(signingKey, await unseal(signingKey, secret.sealed)));
    } catch (error) {
      log("operator.secret_unreadable", { owner: secret.owner, error: describeError(error) });
    }
  }
  if (stale.length > 0) log("sweep.secrets_resealed", { count: stale.length });
}
