import { newId } from "../../shared/id.ts";
import { MAX_REPLAYED } from "../../shared/limits.ts";
import { log } from "../../shared/log.ts";
import { laneMessage, replayMessage } from "../../shared/queue/message.ts";
import { readAnyEndpoint } from "../../shared/storage/endpoints.ts";
import {
  advanceReplay,
  isReplayed,
  type Replay,
  readCandidates,
  readReplay,
} from "../../shared/storage/replays.ts";
import type { Deps } from "./deps.ts";

const EVENTS_A_STEP = 100;
const STEPS_A_MESSAGE = 10;

/** Continues the replay of an endpoint: some steps, then another message for the rest. */
export async function runReplay(deps: Deps, endpointId: string): Promise<void> {
  for (let n = 0; n < STEPS_A_MESSAGE; n++) {
    const replay = await readReplay(deps.db, endpointId);
    if (replay?.status !== "running") return;
    if (!(await step(deps, replay))) return;
  }
  await deps.notifyQueue.send(replayMessage(endpointId));
}

/** False: nothing is left to do, or another Worker does it. */
async function step(deps: Deps, replay: Replay): Promise<boolean> {
  const endpoint = await readAnyEndpoint(deps.db, replay.endpointId);
  if (!endpoint) return false;
  const now = deps.now();
  const found = endpoint.enabled ? await readCandidates(deps.db, replay, EVENTS_A_STEP) : [];
  const chosen = found.filter((candidate) => isReplayed(replay, endpoint, candidate));
  const room = MAX_REPLAYED - replay.replayed;
  const taken = chosen.slice(0, room);
  const isFull = chosen.length > room;
  const isOver = isFull || found.length < EVENTS_A_STEP;
  const last = isFull ? taken.at(-1) : found.at(-1);
  const after: Replay = {
    ...replay,
    cursor: last?.id ?? replay.cursor,
    scanned: replay.scanned + found.length,
    replayed: replay.replayed + taken.length,
    status: isFull ? "limit_reached" : isOver ? "completed" : "running",
    finishedAt: isOver ? now : null,
  };
  const deliveries = taken.map(({ id }) => ({ id: newId("dlv", now), event: id }));
  if (!(await advanceReplay(deps.db, replay, after, endpoint, deliveries, now))) return false;
  if (taken.length > 0) await deps.notifyQueue.send(laneMessage(endpoint.id));
  if (isOver)
    log("replay.finished", { endpoint_id: endpoint.id, status: after.status, count: after.replayed });
  return !isOver;
}
