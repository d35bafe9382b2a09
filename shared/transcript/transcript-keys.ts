/** The order of keys in a transcript's canonical JSON. */
export const KEYS = {
  transcript: ["language", "duration", "text", "segments", "words", "speaker_segments"],
  segment: ["id", "start", "end", "text"],
  word: ["id", "word", "start", "end", "speaker_id"],
  speakerSegment: ["id", "speaker_id", "start", "end", "text", "words"],
} as const satisfies Record<string, readonly string[]>;

/** The keys of `from` that are not named, by name, ready to be spread behind the named ones. */
export function unknownKeys(from: object, named: readonly string[]): Record<string, unknown> {
  const unknown = Object.entries(from).filter(([key]) => !named.includes(key));
  // fromEntries and spreading define keys and never set them, so that even `__proto__` is only a key.
  return Object.fromEntries(unknown.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The object with its named keys first and the others by name; itself when it already is so, which costs nothing. */
export function keysInOrder(from: object, named: readonly string[]): object {
  if (hasKeysInOrder(from, named)) return from;
  const known = Object.entries(from).filter(([key]) => named.includes(key));
  known.sort(([a], [b]) => named.indexOf(a) - named.indexOf(b));
  return { ...Object.fromEntries(known), ...unknownKeys(from, named) };
}

function hasKeysInOrder(from: object, named: readonly string[]): boolean {
  let lastRank = -1;
  let lastUnknown: string | undefined;
  for (const key in from) {
    const rank = named.indexOf(key);
    if (rank >= 0) {
      if (rank < lastRank || lastUnknown !== undefined) return false;
      lastRank = rank;
    } else {
      if (lastUnknown !== undefined && key < lastUnknown) return false;
      lastUnknown = key;
    }
  }
  return true;
}
