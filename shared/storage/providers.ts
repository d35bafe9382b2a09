import { LONGEST_PART_SECONDS } from "../limits.ts";
import type { Provider } from "../speech/provider.ts";
import { type Gate, gateOf, selectGate } from "./gates.ts";

/** What calls have taught of a provider, beyond its settings. What nobody has learned is left out. */
export type SpeechTraits = {
  /** False: it refused a URL in `file`, so it is sent the bytes. */
  takesUrl?: false;
  /** The answer's format when it refused `verbose_json`: its model knows no times. */
  format?: "json";
  /** Its answer named speakers, so it may be asked for them; or it has refused to be asked. */
  knowsSpeakers?: boolean;
};

/** A lesson is tried again after this long: servers change, and one odd refusal must not decide for ever. */
const LESSON_MS = 24 * 60 * 60_000;

type Row = { traits: string };

function selectTraits(db: D1Database, provider: Provider, now: number): D1PreparedStatement {
  return db
    .prepare("SELECT traits FROM providers WHERE provider = ? AND learned_at > ?")
    .bind(provider, now - LESSON_MS);
}

function traitsOf(row: Row | null | undefined): SpeechTraits {
  return row ? (JSON.parse(row.traits) as SpeechTraits) : {}; // written by learn
}

/** Everything that a call has to know before it is made, in one trip: see `readGate`. */
export async function readSpeechState(
  db: D1Database,
  provider: Provider,
  now: number,
): Promise<{ gate: Gate | null; traits: SpeechTraits }> {
  const [gates, rows] = await db.batch<unknown>([selectGate(db, now), selectTraits(db, provider, now)]);
  return { gate: gateOf(gates?.results ?? []), traits: traitsOf(rows?.results[0] as Row | undefined) };
}

/** What the plan of a recording has to know: `longest` is how many seconds a call may have, null: nothing is known. */
export async function readSpeechLimits(
  db: D1Database,
  provider: Provider,
  now: number,
): Promise<{ traits: SpeechTraits; longest: number | null }> {
  const row = await db
    .prepare(
      `SELECT CASE WHEN learned_at > ?2 THEN traits ELSE '{}' END AS traits,
         CASE WHEN timed_out_at > ?2 THEN
           CASE WHEN worked_at > ?2 AND worked_seconds < timed_out_seconds THEN MAX(worked_seconds, ?3) ELSE ?3 END
         END AS longest
       FROM providers WHERE provider = ?1`,
    )
    .bind(provider, now - LESSON_MS, LONGEST_PART_SECONDS)
    .first<Row & { longest: number | null }>();
  return { traits: traitsOf(row), longest: row?.longest ?? null };
}

/** Adds to what is known of the provider. */
export async function learn(
  db: D1Database,
  provider: Provider,
  lesson: SpeechTraits,
  now: number,
): Promise<void> {
  await db
    .prepare(
      `INSERT INTO providers (provider, traits, learned_at) VALUES (?1, ?2, ?3)
       ON CONFLICT (provider) DO UPDATE SET learned_at = excluded.learned_at, traits = CASE
         WHEN learned_at > ?4 THEN json_patch(traits, excluded.traits) ELSE excluded.traits END`,
    )
    .bind(provider, JSON.stringify(lesson), now, now - LESSON_MS)
    .run();
}

/**
 * Notes how a call of that length ended, so that the next long recording does not pay for the same timeout. A length
 * that works again takes the timeout back.
 */
export async function noteLength(
  db: D1Database,
  provider: Provider,
  { seconds, timedOut }: { seconds: number; timedOut: boolean },
  now: number,
): Promise<void> {
  const set = timedOut
    ? `timed_out_at = ?3, timed_out_seconds = CASE WHEN timed_out_at > ?4 THEN MIN(timed_out_seconds, ?2) ELSE ?2 END`
    : `worked_at = ?3, worked_seconds = CASE WHEN worked_at > ?4 THEN MAX(worked_seconds, ?2) ELSE ?2 END,
       timed_out_at = CASE WHEN timed_out_seconds <= ?2 THEN NULL ELSE timed_out_at END`;
  const [at, length] = timedOut ? ["timed_out_at", "timed_out_seconds"] : ["worked_at", "worked_seconds"];
  await db
    .prepare(
      `INSERT INTO providers (provider, ${length}, ${at}) VALUES (?1, ?2, ?3) ON CONFLICT (provider) DO UPDATE SET ${set}`,
    )
    .bind(provider, seconds, now, now - LESSON_MS)
    .run();
}
