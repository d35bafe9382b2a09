import { describe, expect, test } from "vitest";
import { ATTEMPT_DELAYS_SECONDS, MAX_ATTEMPTS } from "../../shared/webhooks/retry-schedule.ts";
import { NOW } from "../../tests/support/stack/jobs.ts";
import { useLogs } from "../../tests/support/stack/logs.ts";
import { useStorage } from "../../tests/support/stack/storage.ts";
import {
  attemptsOf,
  dispatch,
  insertEvent,
  makeNotifyDeps,
  type NotifyDeps,
  nextAttempt,
  onlyDelivery,
  receive,
} from "../../tests/support/workers/notify-deps.ts";

const storage = await useStorage();
useLogs();
const { db } = storage;

const HOUR = 3_600;
const no = () => new Response(null, { status: 500 });

/** When each attempt of a delivery that always fails is made, in seconds after the previous one. */
async function attemptTimes(random: number): Promise<{ waits: number[]; deps: NotifyDeps }> {
  const deps = makeNotifyDeps(storage, { random: () => random });
  const hooks = receive(deps, ...Array(MAX_ATTEMPTS + 1).fill(no));
  await dispatch(deps, await insertEvent(db));
  const waits: number[] = [];
  while ((await onlyDelivery(db)).status === "pending") {
    const before = deps.time;
    await nextAttempt(deps);
    waits.push((deps.time - before) / 1000);
  }
  expect(hooks).toHaveLength(MAX_ATTEMPTS);
  return { waits, deps };
}

describe("a receiver that always fails", () => {
  test("is tried at once, after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h, and then never again", async () => {
    const { waits, deps } = await attemptTimes(0.5);
    expect(waits).toEqual([5, 300, 1_800, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR]);
    expect(deps.time - NOW).toBe((27 * HOUR + 35 * 60 + 5) * 1000);
    expect(await onlyDelivery(db)).toMatchObject({
      status: "failed",
      tries: 8,
      next_attempt_at: null,
      finished_at: deps.time,
    });
    expect((await attemptsOf(db)).map((attempt) => attempt.n)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(deps.woken.map((message) => message.delaySeconds)).toEqual(waits);
    expect(await nextAttempt(deps)).toMatchObject({ status: "failed", tries: 8 });
  });

  test("is tried at the earliest a fifth sooner", async () => {
    const { waits } = await attemptTimes(0);
    expect(waits).toEqual(ATTEMPT_DELAYS_SECONDS.slice(1).map((seconds) => seconds * 0.8));
  });

  test("is tried at the latest a fifth later, and no message waits longer than a queue can", async () => {
    const { waits, deps } = await attemptTimes(0.999_999_999);
    for (const [at, wait] of waits.entries()) {
      expect(wait).toBeCloseTo((ATTEMPT_DELAYS_SECONDS[at + 1] ?? 0) * 1.2, 2);
    }
    expect(Math.max(...deps.woken.map((message) => message.delaySeconds))).toBeLessThanOrEqual(86_400);
  });
});

describe("a receiver that comes back", () => {
  /** Fails this often, then accepts the webhook. */
  async function recoverAfter(failures: number) {
    const deps = makeNotifyDeps(storage);
    const hooks = receive(deps, ...Array(failures).fill(no));
    await dispatch(deps, await insertEvent(db));
    while ((await onlyDelivery(db)).status === "pending") await nextAttempt(deps);
    expect(await nextAttempt(deps)).toMatchObject({ status: "delivered", tries: failures + 1 });
    expect(hooks).toHaveLength(failures + 1);
    return hooks;
  }

  test("after the first attempt is notified once", async () => void (await recoverAfter(1)));
  test("in the middle is notified once", async () => void (await recoverAfter(4)));

  test("for the last attempt gets the same bytes under the same id, freshly signed each time", async () => {
    const hooks = await recoverAfter(MAX_ATTEMPTS - 1);
    const distinct = (values: (string | undefined)[]) => new Set(values).size;
    expect(distinct(hooks.map((hook) => hook.body))).toBe(1);
    expect(distinct(hooks.map((hook) => hook.headers["webhook-id"]))).toBe(1);
    expect(distinct(hooks.map((hook) => hook.headers["webhook-timestamp"]))).toBe(MAX_ATTEMPTS);
    expect(distinct(hooks.map((hook) => hook.headers["webhook-signature"]))).toBe(MAX_ATTEMPTS);
  });
});

test("Retry-After moves one attempt and not those after it", async () => {
  const deps = makeNotifyDeps(storage);
  const busy = new Response(null, { status: 429, headers: { "retry-after": "3600" } });
  receive(deps, busy, no());
  await dispatch(deps, await insertEvent(db));
  expect((await onlyDelivery(db)).next_attempt_at).toBe(NOW + HOUR * 1000);
  expect((await nextAttempt(deps)).next_attempt_at).toBe(NOW + (HOUR + 300) * 1000);
});

test("an endless Retry-After is held to twice the step, or an hour", async () => {
  const deps = makeNotifyDeps(storage);
  const busy = () => new Response(null, { status: 503, headers: { "retry-after": "99999999" } });
  receive(deps, ...Array(MAX_ATTEMPTS).fill(busy));
  await dispatch(deps, await insertEvent(db));
  const waits: number[] = [];
  while ((await onlyDelivery(db)).status === "pending") {
    const before = deps.time;
    await nextAttempt(deps);
    waits.push((deps.time - before) / 1000);
  }
  expect(waits).toEqual([HOUR, HOUR, HOUR, 4 * HOUR, 10 * HOUR, 20 * HOUR, 20 * HOUR]);
});
