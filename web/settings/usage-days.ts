import type { Schemas } from "../api/diarist.ts";

/** The usage of a day, over all keys. */
export type Day = { day: string; jobs: number; minutes: number; cost: number | null };

export const DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;

/** The last 30 days, oldest first, including days without use. Days are UTC, as in the API. */
export function sumByDay(rows: Schemas["Usage"][], now: Date): Day[] {
  const days = new Map<string, Day>();
  for (let back = DAYS - 1; back >= 0; back--) {
    const day = dayBefore(now, back);
    days.set(day, { day, jobs: 0, minutes: 0, cost: null });
  }
  for (const { day, jobs, audio_seconds, upstream_cost } of rows) {
    const sum = days.get(day);
    if (!sum) continue;
    sum.jobs += jobs;
    sum.minutes += audio_seconds / 60;
    if (upstream_cost !== null) sum.cost = (sum.cost ?? 0) + upstream_cost;
  }
  return [...days.values()];
}

/** The first of the days, as `2026-02-01`. */
export function firstDay(now: Date): string {
  return dayBefore(now, DAYS - 1);
}

function dayBefore(now: Date, days: number): string {
  return new Date(now.getTime() - days * DAY_MS).toISOString().slice(0, 10);
}
