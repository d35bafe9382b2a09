import type { Job } from "../../../shared/job.ts";
import { OVERLAP_SECONDS, SHORTEST_PART_SECONDS } from "../../../shared/limits.ts";
import type { Part, PartAudio } from "../../../shared/part.ts";
import { partKey } from "../../../shared/storage/job-objects.ts";
import { planCuts } from "../cut/plan-cuts.ts";
import { readRecording } from "../cut/read-recording.ts";
import { writePart } from "../cut/write-part.ts";
import type { Deps } from "../deps.ts";
import { readMediaFacts } from "../probe/media-facts.ts";
import { LARGEST_OVERLAP } from "./plan-parts.ts";

type SubPart = { start: number; end: number; audio: PartAudio };

/** Cuts a part's audio into shorter ones. Empty when they would be too short, or when the audio cannot be cut. */
export async function splitAudio(
  deps: Deps,
  job: Job,
  part: Part,
  audio: PartAudio,
  partSeconds: number,
): Promise<SubPart[]> {
  if (partSeconds < SHORTEST_PART_SECONDS) return [];
  const facts = await readMediaFacts(deps.bucket, audio.key, audio.bytes);
  if (!facts.ok) return [];
  const recording = { ...facts.value, bytes: audio.bytes };
  const overlapSeconds = Math.min(OVERLAP_SECONDS, partSeconds * LARGEST_OVERLAP);
  const split = await readRecording(deps.bucket, async (bucket) => {
    const plan = await planCuts(bucket, audio.key, recording, { partSeconds, overlapSeconds });
    const subParts: SubPart[] = [];
    for (const { n, start, end } of plan.parts) {
      const key = partKey(job.tenantId, job.id, `${part.n}-${n}`, plan.target);
      const { bytes } = await writePart(bucket, audio.key, plan, n, key);
      const span = { start: part.start + start, end: part.start + end };
      subParts.push({ ...span, audio: { key, bytes, container: plan.target } });
    }
    return subParts;
  });
  return split.ok ? split.value : [];
}
