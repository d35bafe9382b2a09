import { expect, test } from "vitest";
import { sumByDay } from "./usage-days.ts";

const NOW = new Date("2026-03-02T23:59:00Z");
const row = { key_id: "key_a", upstream_calls: 1, upstream_seconds: 60, upstream_cost: 0.1 };

test("keys of a day are added up, and days without use stand between", () => {
  const days = sumByDay(
    [
      { ...row, day: "2026-03-02", jobs: 2, audio_seconds: 120 },
      { ...row, day: "2026-03-02", key_id: "key_b", jobs: 1, audio_seconds: 30, upstream_cost: 0.2 },
      { ...row, day: "2026-02-28", jobs: 1, audio_seconds: 600, upstream_cost: null },
    ],
    NOW,
  );
  expect(days).toHaveLength(30);
  expect(days.slice(-3)).toEqual([
    { day: "2026-02-28", jobs: 1, minutes: 10, cost: null },
    { day: "2026-03-01", jobs: 0, minutes: 0, cost: null },
    { day: "2026-03-02", jobs: 3, minutes: 2.5, cost: expect.closeTo(0.3) },
  ]);
});

test("the thirtieth day back is the first, the one before is left out", () => {
  const days = sumByDay(
    [
      { ...row, day: "2026-02-01", jobs: 1, audio_seconds: 60 },
      { ...row, day: "2026-01-31", jobs: 1, audio_seconds: 60 },
    ],
    NOW,
  );
  expect(days[0]).toMatchObject({ day: "2026-02-01", jobs: 1 });
  expect(days.reduce((sum, { jobs }) => sum + jobs, 0)).toBe(1);
});
