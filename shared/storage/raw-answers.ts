import type { Job } from "../job.ts";
import type { Call } from "./calls.ts";

/** Which answer it is. The attempt does not matter. */
export type AnswerName = { job: Pick<Job, "id" | "tenantId"> } & Pick<Call, "part" | "purpose">;

/**
 * The speech API's answers as they came, each under a fixed key: the next Worker that claims the job uses an answer that
 * was paid for.
 */
function rawKey({ job, part, purpose }: AnswerName): string {
  const names = { text: part, speakers: `${part}-speakers`, identify_speakers: "reference" };
  return `raw/${job.tenantId}/${job.id}/${names[purpose]}.json`;
}

export async function saveRawAnswer(
  bucket: R2Bucket,
  call: AnswerName,
  body: string,
  upstreamMs: number,
): Promise<void> {
  await bucket.put(rawKey(call), body, {
    httpMetadata: { contentType: "application/json" },
    customMetadata: { upstream_ms: String(upstreamMs) },
  });
}

/** The answer and how long the call took, or null when there is none. */
export async function readRawAnswer(
  bucket: R2Bucket,
  call: AnswerName,
): Promise<{ body: string; upstreamMs: number } | null> {
  const object = await bucket.get(rawKey(call));
  if (!object) return null;
  return { body: await object.text(), upstreamMs: Number(object.customMetadata?.["upstream_ms"] ?? 0) };
}

/** Removes an answer that turned out to be no transcript. */
export async function removeRawAnswer(bucket: R2Bucket, call: AnswerName): Promise<void> {
  await bucket.delete(rawKey(call));
}
