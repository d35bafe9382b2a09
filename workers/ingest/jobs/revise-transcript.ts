import { applyLayer } from "../../../shared/edits/apply-layer.ts";
import type { Layer } from "../../../shared/edits/layer.ts";
import { newId } from "../../../shared/id.ts";
import type { Job } from "../../../shared/job.ts";
import { DOWNLOAD_URL_SECONDS } from "../../../shared/limits.ts";
import { log } from "../../../shared/log.ts";
import { eventMessage } from "../../../shared/queue/message.ts";
import { wake } from "../../../shared/queue/wake.ts";
import { blocksOf } from "../../../shared/search/block.ts";
import { signLink } from "../../../shared/secrets/signed-link.ts";
import { revised, saveRevision } from "../../../shared/storage/edits.ts";
import { changeSearchBlocks } from "../../../shared/storage/search.ts";
import type { Transcript } from "../../../shared/transcript/transcript.ts";
import { eventOf } from "../../../shared/webhooks/event.ts";
import type { IngestConfig } from "../config.ts";

type Deps = {
  env: Pick<Cloudflare.IngestEnv, "DB" | "NOTIFY_QUEUE">;
  config: Pick<IngestConfig, "baseUrl" | "mediaBaseUrl" | "signingKey">;
  now: () => number;
};

/**
 * Makes the layer the transcript's next revision. Names, corrections, search and the event `transcript.updated` are
 * written in one batch.
 * @param machine null when only names change: search does not have them
 * @returns the job with its new revision; null when another change came first
 */
export async function reviseTranscript(
  { env, config, now }: Deps,
  job: Job,
  layer: Layer,
  machine: Transcript | null,
): Promise<Job | null> {
  const next = revised(job, layer);
  const at = now();
  const expires = Math.floor(at / 1000) + DOWNLOAD_URL_SECONDS;
  const grant = { kind: "transcript", jobId: job.id, expires, layer: "edited" } as const;
  const link = await signLink(config.signingKey, grant, "transcript.json");
  const links = { baseUrl: config.baseUrl, downloadUrl: config.mediaBaseUrl + link };
  const event = eventOf(newId("evt", at), "transcript.updated", next, links, at);
  const search = machine
    ? await changeSearchBlocks(
        env.DB,
        job,
        blocksOf(applyLayer(machine, { ...layer, speakers: {} })),
        event.id,
      )
    : [];
  if (!(await saveRevision(env.DB, next, layer, event, search))) return null;
  log("transcript.updated", { job_id: job.id, revision: next.revision, edits: layer.edits.length });
  await wake(env.NOTIFY_QUEUE, [eventMessage(event.id)]);
  return next;
}
