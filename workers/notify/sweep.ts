import { ATTEMPTS_KEPT_MS } from "../../shared/limits.ts";
import { describeError, log } from "../../shared/log.ts";
import { eventMessage, laneMessage, replayMessage } from "../../shared/queue/message.ts";
import { wakeDue } from "../../shared/queue/wake-due.ts";
import { currentKeyId, olderKeyIds, seal, unseal } from "../../shared/secrets/seal.ts";
import { sweepEvents, sweepEventsAgain } from "../../shared/storage/events.ts";
import { sweepLanes, sweepLanesAgain } from "../../shared/storage/lanes.ts";
import { removeOldAttempts, removeOldEvents, removeOldNotices } from "../../shared/storage/remove-old.ts";
import { sweepReplays } from "../../shared/storage/replays.ts";
import { listStale } from "../../shared/storage/sealed-secrets.ts";
import { installsSealedWith, resealInstall } from "../../shared/storage/slack-installs.ts";
import { resealSecret, secretsSealedWith } from "../../shared/storage/webhook-secrets.ts";
import type { Deps } from "./deps.ts";

/** In one sweep. */
const MAX_REMOVALS = 50;
const REMOVE_BATCH = 500;
const RESEAL_BATCH = 50;
/** In place of a key's id, in what was sealed before seals named their keys. */
const NAMELESS = "";

/** Everything a sweep does. One failure does not stop the others. */
export async function sweep(deps: Deps): Promise<void> {
  for (const part of [wakeAll, removeOld, resealSecrets]) {
    await part(deps).catch((error: unknown) => {
      log("sweep.failed", { part: part.name, error: describeError(error) });
    });
  }
}

/** Wakes what is due although its message should have come: events without deliveries, lanes, replays. */
async function wakeAll(deps: Deps): Promise<void> {
  const { db, notifyQueue } = deps;
  await wakeDue(notifyQueue, {
    what: "events",
    sweep: (limit) => sweepEvents(db, deps.now(), limit),
    message: eventMessage,
    again: (ids) => sweepEventsAgain(db, ids, deps.now()),
  });
  await wakeDue(notifyQueue, {
    what: "lanes",
    sweep: (limit) => sweepLanes(db, deps.now(), limit),
    message: laneMessage,
    again: (ids) => sweepLanesAgain(db, ids, deps.now()),
  });
  await wakeDue(notifyQueue, {
    what: "replays",
    sweep: (limit) => sweepReplays(db, deps.now(), limit),
    message: replayMessage,
    again: async () => undefined, // nothing to do: the next sweep retries
  });
}

async function removeOld({ db, now }: Deps): Promise<void> {
  const before = now() - ATTEMPTS_KEPT_MS;
  for (const remove of [removeOldAttempts, removeOldEvents, removeOldNotices]) {
    for (let n = 0; n < MAX_REMOVALS; n++) if ((await remove(db, before, REMOVE_BATCH)) === 0) break;
  }
}

/** After a change of SIGNING_KEY: re-seals what an older key sealed, a few rows each minute. */
async function resealSecrets({ db, config: { signingKey } }: Deps): Promise<void> {
  const keyId = await currentKeyId(signingKey);
  const older = [...(await olderKeyIds(signingKey)), NAMELESS];
  const again = async (sealed: string) => seal(signingKey, await unseal(signingKey, sealed));
  let count = 0;
  const tryReseal = async (owner: string, reseal: () => Promise<void>) => {
    try {
      await reseal();
      count++;
    } catch (error) {
      log("operator.secret_unreadable", { owner, error: describeError(error) });
    }
  };
  for (const secret of await secretsSealedWith(db, older, RESEAL_BATCH)) {
    await tryReseal(secret.owner, async () => resealSecret(db, secret, await again(secret.sealed)));
  }
  for (const install of await installsSealedWith(db, older, RESEAL_BATCH)) {
    await tryReseal(install.teamId, async () => {
      await resealInstall(db, install, { token: await again(install.token), sealedWith: keyId });
    });
  }
  if (count > 0) log("sweep.secrets_resealed", { count });
  for (const { owner, keyId: id } of await listStale(db, keyId, RESEAL_BATCH)) {
    if (!older.includes(id)) log("operator.secret_unreadable", { owner, sealed_with: id });
  }
}
