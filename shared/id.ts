/** The kinds of things that have an id; the prefix says which. */
export type IdPrefix = "job" | "evt" | "dlv" | "ep" | "rpl" | "key" | "ten" | "req" | "upl" | "slk";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"; // Crockford's base 32, lower case
const TIME_LENGTH = 10;
const RANDOM_LENGTH = 16;

/**
 * An id that sorts by time: prefix, 10 characters of time (ms), 16 random characters (80 bits). Ids of the same
 * millisecond sort at random.
 */
export function newId(prefix: IdPrefix, nowMs: number, random: Uint8Array = randomBytes()): string {
  let time = "";
  for (let rest = nowMs; time.length < TIME_LENGTH; rest = Math.floor(rest / 32)) {
    time = ALPHABET.charAt(rest % 32) + time;
  }
  let tail = "";
  for (const byte of random.subarray(0, RANDOM_LENGTH)) tail += ALPHABET.charAt(byte % 32);
  return `${prefix}_${time}${tail}`;
}

/** The smallest id that can be made at this time: a bound for "created after". No id is older than 1970. */
export function firstIdAt(prefix: IdPrefix, ms: number): string {
  return newId(prefix, Math.max(0, ms), new Uint8Array(RANDOM_LENGTH));
}

export function isId(prefix: IdPrefix, text: string): boolean {
  return new RegExp(`^${prefix}_[${ALPHABET}]{${TIME_LENGTH + RANDOM_LENGTH}}$`).test(text);
}

function randomBytes(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(RANDOM_LENGTH));
}
