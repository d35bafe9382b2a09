/** What a flag is for: a kind of place in a transcript that deserves a second look. */
export const FLAG_KINDS = [
  "long_word",
  "lone_word",
  "loop",
  "boilerplate",
  "too_fast",
  "too_slow",
  "speaker_conflict",
] as const;
export type FlagKind = (typeof FLAG_KINDS)[number];

/** How many places of each kind. */
export type FlagCounts = Record<FlagKind, number>;

export function noFlags(): FlagCounts {
  return Object.fromEntries(FLAG_KINDS.map((kind) => [kind, 0])) as FlagCounts; // a key for each kind
}
