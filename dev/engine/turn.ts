/** A stretch in which one speaker, by number, speaks; in seconds. */
export type Turn = { start: number; end: number; speaker: number };
