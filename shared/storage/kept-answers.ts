import type { AnswerSlice, CallPurpose } from "../answer-slice.ts";
import type { Call } from "./calls.ts";
import {
  type Answer,
  type AnswerName,
  readRawAnswer,
  removeRawAnswer,
  saveRawAnswer,
} from "./raw-answers.ts";

/**
 * Answers that R2 did not take. They are kept here, compressed and in slices, until R2 takes them. A slice may come
 * through the queue, in any order and more than once.
 */

/** A queue's message holds 128 KB. */
const SLICE_CHARACTERS = 90_000;

export async function sliceAnswer(
  call: Call,
  { body, upstreamMs, provider, heard }: Answer,
): Promise<AnswerSlice[]> {
  const gzip = new Blob([body]).stream().pipeThrough(new CompressionStream("gzip"));
  const packed = Buffer.from(await new Response(gzip).arrayBuffer()).toString("base64");
  const total = Math.ceil(packed.length / SLICE_CHARACTERS);
  const { part, purpose, attempt } = call;
  return Array.from({ length: total }, (_, n) => {
    const text = packed.slice(n * SLICE_CHARACTERS, (n + 1) * SLICE_CHARACTERS);
    return { part, purpose, attempt, n, total, upstreamMs, provider, heard, text };
  });
}

/** Safe to repeat. A job that was deleted meanwhile keeps nothing. */
export async function keepSlices(db: D1Database, jobId: string, slices: AnswerSlice[]): Promise<void> {
  for (const slice of slices) {
    await db
      .prepare(
        `INSERT OR IGNORE INTO kept_answers (job_id, part, purpose, attempt, n, total, upstream_ms, provider, heard, text)
         SELECT id, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM jobs WHERE id = ?`,
      )
      .bind(
        slice.part,
        slice.purpose,
        slice.attempt,
        slice.n,
        slice.total,
        slice.upstreamMs,
        slice.provider,
        slice.heard ? 1 : 0,
        slice.text,
        jobId,
      )
      .run();
  }
}

/** The answer to a call that was paid for, wherever it is kept; null when there is none. */
export async function readAnswer(
  { db, bucket }: { db: D1Database; bucket: R2Bucket },
  call: AnswerName,
): Promise<Answer | null> {
  return (await readRawAnswer(bucket, call)) ?? (await readKept(db, call));
}

async function readKept(db: D1Database, { job, part, purpose }: AnswerName): Promise<Answer | null> {
  const { results } = await db
    .prepare(
      `SELECT text, upstream_ms AS upstreamMs, provider, heard FROM kept_answers WHERE job_id = ?1 AND part = ?2 AND purpose = ?3
         AND attempt = (SELECT attempt FROM kept_answers WHERE job_id = ?1 AND part = ?2 AND purpose = ?3
           GROUP BY attempt HAVING count(*) = max(total) ORDER BY attempt LIMIT 1)
       ORDER BY n`,
    )
    .bind(job.id, part, purpose)
    .all<{ text: string; upstreamMs: number; provider: Answer["provider"]; heard: number }>();
  const [first] = results;
  if (!first) return null;
  const packed = Buffer.from(results.map(({ text }) => text).join(""), "base64");
  const plain = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const { upstreamMs, provider, heard } = first;
  return { body: await new Response(plain).text(), upstreamMs, provider, heard: heard === 1 };
}

/** Removes an answer that turned out to be no transcript, or that another provider gave. */
export async function removeAnswer(
  { db, bucket }: { db: D1Database; bucket: R2Bucket },
  call: AnswerName,
): Promise<void> {
  await removeRawAnswer(bucket, call);
  await removeKept(db, call);
}

async function removeKept(db: D1Database, { job, part, purpose }: AnswerName): Promise<void> {
  await db
    .prepare("DELETE FROM kept_answers WHERE job_id = ? AND part = ? AND purpose = ?")
    .bind(job.id, part, purpose)
    .run();
}

/** The statement that forgets a job's kept answers, for the batch that removes its transcript. */
export function forgetKept(db: D1Database, jobId: string): D1PreparedStatement {
  return db.prepare("DELETE FROM kept_answers WHERE job_id = ?").bind(jobId);
}

/** Puts kept answers into R2, `limit` at most. @throws what R2 throws, if it still takes nothing */
export async function moveKept(
  { db, bucket }: { db: D1Database; bucket: R2Bucket },
  limit: number,
): Promise<number> {
  const { results } = await db
    .prepare(
      `SELECT job_id AS id, tenant_id AS tenantId, part, purpose FROM kept_answers JOIN jobs ON jobs.id = job_id
       GROUP BY job_id, part, purpose, kept_answers.attempt HAVING count(*) = max(total) LIMIT ?`,
    )
    .bind(limit)
    .all<{ id: string; tenantId: string; part: number; purpose: CallPurpose }>();
  for (const { id, tenantId, part, purpose } of results) {
    const call = { job: { id, tenantId }, part, purpose };
    const answer = await readKept(db, call);
    if (answer) await saveRawAnswer(bucket, call, answer);
    await removeKept(db, call);
  }
  return results.length;
}
