import type { Job } from "../job.ts";
import type { Provider } from "../speech/provider.ts";
import type { Call } from "./calls.ts";

/** Which answer it is. The attempt does not matter. */
export type AnswerName = { job: Pick<Job, "id" | "tenantId"> } & Pick<Call, "part" | "purpose">;

/** An answer as it is kept, with what its body does not say. */
export type Answer = {
  body: string;
  upstreamMs: number;
  provider: Provider;
  /** False: the stand-in found where somebody speaks, and no word. */
  heard: boolean;
};

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
  { body, upstreamMs, provider, heard }: Answer,
): Promise<void> {
  await bucket.put(rawKey(call), body, {
    httpMetadata: { contentType: "application/json" },
    customMetadata: { upstream_ms: String(upstreamMs), provider, heard: String(heard) },
  });
}

/** Null when there is none. */
export async function readRawAnswer(bucket: R2Bucket, call: AnswerName): Promise<Answer | null> {
  const object = await bucket.get(rawKey(call));
  if (!object) return null;
  const { upstream_ms: ms, provider, heard } = object.customMetadata ?? {};
  return {
    body: await object.text(),
    upstreamMs: Number(ms ?? 0),
    provider: provider as Provider, // as saveRawAnswer wrote it
    heard: heard !== "false",
  };
}

/** Removes an answer that turned out to be no transcript. */
export async function removeRawAnswer(bucket: R2Bucket, call: AnswerName): Promise<void> {
  await bucket.delete(rawKey(call));
}
