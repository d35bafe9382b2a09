/**
 * What came of a task: it ended its request, there is nothing more to do, or it is to be tried again later (ms).
 * `waited`: storage was away, so that this try does not count.
 */
export type TaskOutcome = "ended" | "nothing" | { deferUntil: number; waited?: boolean };
