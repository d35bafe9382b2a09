/** What the Workers are told at the beginning of each invocation (weather.ts). */
export type Conditions = {
  /** Which start of the Workers this is. */
  life: number;
  /** By how much their clock is ahead of the real one. */
  aheadMs: number;
  /** The share of operations that fail in passing. */
  d1: number;
  r2: number;
  /** Until then nothing of it answers. */
  d1AwayUntil: number;
  r2AwayUntil: number;
  /** The share of queue messages that come twice. */
  repeat: number;
};

/** The name of the binding that has the address at which conditions are told. */
export const WEATHER_BINDING = "CHAOS_WEATHER";
/** The event that is logged when an operation was made to fail. */
export const FAULT_EVENT = "chaos.fault";
