import { setTimeout } from "node:timers/promises";

/** Waits; rejects when the signal aborts. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

export const sleep: Sleep = async (ms, signal) => void (await setTimeout(ms, undefined, { signal }));
