/** Shorter words of a setting with white space are part of one key, not keys. */
const MIN_LISTED_KEY_CHARACTERS = 32;
/** Stands between keys that came in different settings: none can contain it. */
const NEXT_KEY = "\0";
/** In SIGNING_KEY_NEXT: the place of the key that nobody can read any more. */
const THE_OTHER = "SIGNING_KEY";

type SigningSettings = { SIGNING_KEY: string; SIGNING_KEY_NEXT?: string };

/**
 * The keys of SIGNING_KEY and SIGNING_KEY_NEXT as one setting, for `readSigningKeys`. SIGNING_KEY_NEXT lets a key be
 * replaced that was lost: its keys stand behind SIGNING_KEY, or around the word SIGNING_KEY if that is in it.
 *
 * @throws Error when SIGNING_KEY_NEXT holds something too short for a key
 */
export function joinSigningKeys({ SIGNING_KEY, SIGNING_KEY_NEXT = "" }: SigningSettings): string {
  const words = SIGNING_KEY_NEXT.split(/\s+/).filter((word) => word !== "");
  const places = words.includes(THE_OTHER) ? words : [THE_OTHER, ...words];
  const keys = places.map((word) => (word === THE_OTHER ? SIGNING_KEY : word));
  if (words.every((word) => word === THE_OTHER || word.length >= MIN_LISTED_KEY_CHARACTERS)) {
    return keys.join(NEXT_KEY);
  }
  throw new Error(
    `SIGNING_KEY_NEXT must hold keys of at least ${MIN_LISTED_KEY_CHARACTERS} characters, and the word SIGNING_KEY where that key belongs; docs/operations.md`,
  );
}

/**
 * The keys in the setting SIGNING_KEY, separated by white space. The first signs and seals; the others only open what
 * was made with them before the key was changed (docs/operations.md).
 */
export function readSigningKeys(setting: string): [current: string, ...before: string[]] {
  const [current, ...before] = setting.split(NEXT_KEY).flatMap(readList);
  return [current ?? setting, ...before];
}

function readList(setting: string): string[] {
  const keys = setting.trim().split(/\s+/);
  return keys.every((key) => key.length >= MIN_LISTED_KEY_CHARACTERS) ? keys : [setting];
}
