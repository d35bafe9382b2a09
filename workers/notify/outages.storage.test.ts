import { afterEach, describe, expect, test, vi } from "vitest";
import { firstIdAt } from "../../shared/id.ts";
import { FAILING_MS, LANE_LEASE_MS } from "../../shared/limits.ts";
import { updateEndpoint } from "../../shared/storage/endpoints.ts";
import { countMissed, type Replay, readReplay, startReplay } from "../../shared/storage/replays.ts";
import { NOW } from "../../tests/support/stack/jobs.ts";
import { useLogs } from "../../tests/support/stack/logs.ts";
import { count, useStorage } from "../../tests/support/stack/storage.ts";
import { TENANT } from "../../tests/support/stack/tenant.ts";
import { crashing, crashingDatabase, startLife } from "../../tests/support/workers/crash-after.ts";
import {
  addEndpoint,
  endpointNow,
  idsOf,
  receiveAt,
  type TestEndpoint,
} from "../../tests/support/workers/endpoints.ts";
import {
  attemptsOf,
  dispatch,
  finishBackground,
  insertEvent,
  makeNotifyDeps,
  type NotifyDeps,
  passTime,
  receive,
} from "../../tests/support/workers/notify-deps.ts";
import { databaseWithOutage } from "../../tests/support/workers/outage.ts";
import { dispatchEvent } from "./dispatch-event.ts";
import { runReplay } from "./run-replay.ts";
import { sweep } from "./sweep.ts";

const storage = await useStorage();
useLogs();
const { db } = storage;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const no = () => new Response(null, { status: 500 });

/** An event now; a replay reads its time from its id. */
async function eventAt(deps: NotifyDeps): Promise<string> {
  const id = await insertEvent(db, null);
  const timed = `evt_${idTime(deps.time)}${id.slice(-16)}`;
  await db.prepare("UPDATE events SET id = ?, created_at = ? WHERE id = ?").bind(timed, deps.time, id).run();
  return timed;
}

function idTime(ms: number): string {
  return firstIdAt("evt", ms).slice("evt_".length, -16);
}

/** An event at each interval until then, each handled when it happens. */
async function live(deps: NotifyDeps, until: number, everyMs: number): Promise<string[]> {
  const ids: string[] = [];
  while (deps.time < until) {
    const id = await eventAt(deps);
    ids.push(id);
    await dispatch(deps, id);
    await passTime(deps, Math.min(deps.time + everyMs, until));
  }
  return ids;
}

test("an endpoint that was down for 26 hours gets all it missed, each once", async () => {
  const deps = makeNotifyDeps(storage);
  const endpoint = await addEndpoint(db);
  receiveAt(deps, [endpoint], no);
  const ids = await live(deps, NOW + 26 * HOUR, 5 * HOUR);
  const got = receiveAt(deps, [endpoint]);
  await passTime(deps, NOW + 54 * HOUR);
  expect(idsOf(got(endpoint)).sort()).toEqual(ids.sort());
  expect(await count(db, "SELECT count(*) AS n FROM deliveries WHERE status <> 'delivered'")).toBe(0);
  expect(await endpointNow(db, endpoint)).toMatchObject({ enabled: true, failingSince: null });
});

describe("an hour without D1", () => {
  const outage = { from: NOW, until: NOW + HOUR };

  /** Until five minutes after it, with the sweep of each minute. */
  async function outlive(deps: NotifyDeps): Promise<void> {
    while (deps.time < outage.until + 300_000) {
      deps.time += 60_000;
      await sweep(deps);
      await passTime(deps, deps.time).catch(() => undefined); // the message comes again, or the sweep sends another
    }
  }

  test("before a webhook is sent costs it no attempt", async () => {
    const deps = makeNotifyDeps(storage);
    const got = receive(deps);
    const id = await insertEvent(db);
    deps.db = databaseWithOutage(db, deps, outage);
    await expect(dispatch(deps, id)).rejects.toThrow(/overloaded/);
    await outlive(deps);
    expect(got).toHaveLength(1);
    expect(await attemptsOf(db)).toEqual([{ n: 1, http_status: 204, error: null }]);
  });

  test("between a webhook and its record sends it once more, and counts one attempt", async () => {
    const deps = makeNotifyDeps(storage);
    deps.time = outage.from - 1_000;
    const answer = () => {
      deps.time = outage.from;
      return new Response(null, { status: 204 });
    };
    const got = receive(deps, answer);
    const id = await insertEvent(db);
    deps.db = databaseWithOutage(db, deps, outage);
    await dispatch(deps, id);
    await outlive(deps);
    expect(new Set(got.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(got).toHaveLength(2);
    expect(await attemptsOf(db)).toEqual([{ n: 1, http_status: 204, error: null }]);
    expect(await count(db, "SELECT count(*) AS n FROM deliveries WHERE status = 'delivered'")).toBe(1);
  });
});

describe("an endpoint that is down for six days", () => {
  test("is disabled after five, the others are notified, and a replay brings all of it once it is enabled", async () => {
    const deps = makeNotifyDeps(storage);
    const [down, other] = [await addEndpoint(db), await addEndpoint(db)];
    const got = receiveAt(deps, [down, other], (endpoint) => (endpoint.id === down.id ? no() : undefined));
    const ids = await live(deps, NOW + 6 * DAY, 12 * HOUR);
    const disabled = await endpointNow(db, down);
    expect(disabled).toMatchObject({ enabled: false, disabledReason: "failing", failingSince: NOW });
    expect((disabled.disabledAt ?? 0) - NOW).toBeGreaterThanOrEqual(FAILING_MS);
    const notices = got(other).filter(({ body }) => JSON.parse(body).type === "endpoint.disabled");
    expect(notices).toHaveLength(1);
    const sent = got(down).length;
    await passTime(deps, deps.time + DAY);
    expect(got(down)).toHaveLength(sent);

    const mended = receiveAt(deps, [down, other]);
    await updateEndpoint(db, disabled, {
      ...disabled,
      enabled: true,
      disabledAt: null,
      disabledReason: null,
    });
    expect(await countMissed(db, down, NOW, deps.time)).toBe(ids.length);
    await startReplay(db, replayOf(down, deps.time));
    await runReplay(deps, down.id);
    await passTime(deps, deps.time + 60_000);
    expect(idsOf(mended(down)).sort()).toEqual(ids.sort());
    expect(mended(other)).toEqual([]);
    expect(await readReplay(db, down.id)).toMatchObject({
      status: "completed",
      scanned: ids.length,
      replayed: ids.length,
    });
    expect(await countMissed(db, down, NOW, deps.time)).toBe(0);
  });

  test("stays enabled when it has taken one in between", async () => {
    const deps = makeNotifyDeps(storage);
    const endpoint = await addEndpoint(db);
    receiveAt(deps, [endpoint], no);
    await live(deps, NOW + 3 * DAY, DAY);
    receiveAt(deps, [endpoint]);
    await live(deps, NOW + 3 * DAY + HOUR, HOUR);
    receiveAt(deps, [endpoint], no);
    await live(deps, NOW + 6 * DAY, DAY);
    expect((await endpointNow(db, endpoint)).enabled).toBe(true);
  });

  test("stays enabled when all that failed was of one night", async () => {
    const deps = makeNotifyDeps(storage);
    const endpoint = await addEndpoint(db);
    receiveAt(deps, [endpoint], no);
    await live(deps, NOW + 11 * HOUR, 5 * HOUR);
    await passTime(deps, NOW + 6 * DAY);
    expect(await endpointNow(db, endpoint)).toMatchObject({ enabled: true, failingSince: NOW });
  });
});

function replayOf(endpoint: TestEndpoint, until: number, only: Replay["only"] = null): Replay {
  return {
    id: "rpl_1",
    endpointId: endpoint.id,
    tenantId: TENANT,
    status: "running",
    since: NOW,
    until,
    only,
    cursor: firstIdAt("evt", NOW),
    scanned: 0,
    replayed: 0,
    createdAt: until,
    finishedAt: null,
  };
}

describe("a replay", () => {
  test("of one status sends those and no others", async () => {
    const deps = makeNotifyDeps(storage);
    const endpoint = await addEndpoint(db);
    const got = receiveAt(deps, [endpoint]);
    const ids = await live(deps, NOW + 3 * HOUR, HOUR);
    await db.prepare("UPDATE deliveries SET status = 'failed' WHERE event_id = ?").bind(ids[1]).run();
    await startReplay(db, replayOf(endpoint, deps.time, "delivered"));
    await runReplay(deps, endpoint.id);
    await passTime(deps, deps.time + 1_000);
    expect(idsOf(got(endpoint)).slice(3).sort()).toEqual([ids[0], ids[2]].sort());
  });

  test("runs alone for its endpoint, and is found by the sweep when its Worker died", async () => {
    const deps = makeNotifyDeps(storage);
    const endpoint = await addEndpoint(db, { enabled: false });
    const ids = await live(deps, NOW + 3 * HOUR, HOUR);
    await updateEndpoint(db, endpoint, { ...endpoint, enabled: true });
    const replay = replayOf(endpoint, deps.time);
    expect(await startReplay(db, replay)).toBe(true);
    expect(await startReplay(db, { ...replay, id: "rpl_2" })).toBe(false);
    const got = receiveAt(deps, [endpoint]);
    await passTime(deps, deps.time + 60_000);
    await sweep(deps);
    await passTime(deps, deps.time + 1_000);
    expect(idsOf(got(endpoint)).sort()).toEqual(ids.sort());
    expect(await startReplay(db, { ...replay, id: "rpl_2" })).toBe(true);
  });

  test("goes through more events than one step takes, and ends", async () => {
    const deps = makeNotifyDeps(storage);
    const endpoint = await addEndpoint(db, { enabled: false });
    const first = await eventAt(deps);
    await db
      .prepare(
        `INSERT INTO events (id, tenant_id, job_id, sequence, type, body, created_at)
         SELECT substr(events.id, 1, 26) || printf('%04d', i), tenant_id, job_id, i + 1, type, body, created_at FROM events,
           (WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 249) SELECT i FROM r)
         WHERE events.id = ?`,
      )
      .bind(first)
      .run();
    await updateEndpoint(db, endpoint, { ...endpoint, enabled: true });
    const got = receiveAt(deps, [endpoint]);
    await startReplay(db, replayOf(endpoint, NOW + 1));
    await runReplay(deps, endpoint.id);
    expect(await readReplay(db, endpoint.id)).toMatchObject({ status: "completed", replayed: 250 });
    await passTime(deps, NOW + 60_000);
    expect(new Set(idsOf(got(endpoint))).size).toBe(250);
    expect(got(endpoint)).toHaveLength(250);
  });
});

test("a Worker killed at any moment, again and again, loses no event and counts no attempt twice", async () => {
  const deps = makeNotifyDeps(storage);
  const endpoints = [await addEndpoint(db), await addEndpoint(db)];
  const failing = endpoints[1];
  const tried = new Map<string, number>();
  const got = receiveAt(deps, endpoints, (endpoint) => {
    // The second endpoint fails the first time for each event.
    const last = endpoint.id === failing?.id ? idsOf(got(endpoint)).at(-1) : undefined;
    if (last === undefined) return undefined;
    tried.set(last, (tried.get(last) ?? 0) + 1);
    return tried.get(last) === 1 ? no() : undefined;
  });
  const { fetch, notifyQueue } = deps;
  const ids: string[] = [];
  let kills = 0;
  for (let steps = 1; steps <= 8; steps++) {
    ids.push(await insertEvent(db, null));
    // What is due is handled in lives of a few steps, each ending in a death.
    for (const handle of [
      () => dispatchEvent(deps, ids.at(-1) ?? ""),
      () => passTime(deps, deps.time + LANE_LEASE_MS),
      () => sweep(deps).then(() => passTime(deps, deps.time)),
    ]) {
      const life = startLife(steps);
      deps.db = crashingDatabase(db, life);
      deps.notifyQueue = crashing(notifyQueue, life);
      deps.fetch = (input, init) => life.step("webhook", () => fetch(input, init));
      await handle().catch(() => undefined);
      await finishBackground(deps);
      if (life.isOver()) kills++;
      Object.assign(deps, { db, notifyQueue, fetch });
      deps.time += 60_000;
    }
  }
  expect(kills).toBeGreaterThanOrEqual(20);
  for (let n = 0; n < 15; n++) {
    deps.time += 10 * 60_000;
    await sweep(deps);
    await passTime(deps, deps.time);
  }
  for (const endpoint of endpoints) expect(new Set(idsOf(got(endpoint)))).toEqual(new Set(ids));
  expect(await count(db, "SELECT count(*) AS n FROM deliveries WHERE status = 'delivered'")).toBe(16);
  const wrong = `SELECT count(*) AS n FROM deliveries
    WHERE tries <> (SELECT count(*) FROM attempts WHERE delivery_id = deliveries.id)`;
  expect(await count(db, wrong)).toBe(0);
  expect(await count(db, "SELECT count(*) AS n FROM attempts")).toBeLessThanOrEqual(
    endpoints.reduce((sum, endpoint) => sum + got(endpoint).length, 0),
  );
});

describe("twenty endpoints, twelve of them bad", () => {
  afterEach(() => void vi.restoreAllMocks());

  test("the healthy ones get every event once, at once; the bad ones are tried on schedule", async () => {
    const deps = makeNotifyDeps(storage);
    const add = (length: number) =>
      Promise.all(Array.from({ length }, () => addEndpoint(db, { events: ["job.completed"] })));
    const [healthy, failing, silent, gone, moved, dripping] = [
      await add(8),
      await add(5),
      await add(3),
      await add(2),
      await add(1),
      await add(1),
    ];
    const late = new Map<AbortSignal | null | undefined, AbortController>();
    vi.spyOn(AbortSignal, "timeout").mockImplementation(() => {
      const controller = new AbortController();
      late.set(controller.signal, controller);
      return controller.signal;
    });
    const giveUp = (init: RequestInit) => late.get(init.signal)?.abort();
    const all = [healthy, failing, silent, gone, moved, dripping].flat();
    const got = receiveAt(deps, all, (endpoint, init) => {
      if (failing.includes(endpoint)) return no();
      if (gone.includes(endpoint)) return new Response(null, { status: 410 });
      if (moved.includes(endpoint)) return Response.redirect("https://10.0.0.1/", 302);
      if (silent.includes(endpoint)) {
        giveUp(init);
        return Promise.reject(new DOMException("too late", "TimeoutError"));
      }
      if (!dripping.includes(endpoint)) return undefined;
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(Uint8Array.of(46)),
        pull(controller) {
          giveUp(init);
          controller.error(new DOMException("too late", "TimeoutError"));
        },
      });
      return new Response(body);
    });

    const ids: string[] = [];
    for (let n = 0; n < 4; n++) {
      ids.push(await insertEvent(db, null));
      await dispatch(deps, ids.at(-1) ?? "");
      await passTime(deps, deps.time);
    }
    expect(deps.time).toBe(NOW);
    for (const endpoint of healthy) expect(idsOf(got(endpoint)).sort()).toEqual([...ids].sort());
    for (const endpoint of gone) expect(got(endpoint)).toHaveLength(1);

    await passTime(deps, NOW + 400_000);
    for (const endpoint of healthy) {
      expect(got(endpoint)).toHaveLength(4);
    }
    // Attempts at 0, 5 and 305 s; after a timeout, the next waits at least a minute.
    const times = (endpoint: TestEndpoint) =>
      got(endpoint)
        .filter(({ headers }) => headers["webhook-id"] === ids[0])
        .map(({ at }) => (at - NOW) / 1000);
    for (const endpoint of [...failing, ...moved]) expect(times(endpoint)).toEqual([0, 5, 305]);
    for (const endpoint of [...silent, ...dripping]) expect(times(endpoint)).toEqual([0, 60, 360]);
    const errors = await db
      .prepare("SELECT DISTINCT lane, error FROM attempts JOIN deliveries ON deliveries.id = delivery_id")
      .all<{ lane: string; error: string | null }>();
    const errorsOf = (endpoint: TestEndpoint | undefined) =>
      errors.results.filter(({ lane }) => lane === endpoint?.id).map(({ error }) => error);
    expect(errorsOf(healthy[0])).toEqual([null]);
    expect(errorsOf(failing[0])).toEqual(["status"]);
    expect(errorsOf(moved[0])).toEqual(["redirect"]);
    expect(errorsOf(silent[0])).toEqual(["timeout"]);
    expect(errorsOf(dripping[0])).toEqual(["timeout"]);
  });
});
