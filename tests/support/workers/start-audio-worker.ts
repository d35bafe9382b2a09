import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { countOpenUploads } from "../stack/open-uploads.ts";

export type AudioWorker = {
  url: URL;
  bucket: R2Bucket;
  /** Where a debugger can attach; only with `inspect`. */
  inspectorUrl: URL | null;
  /** Multipart uploads that are neither completed nor aborted. */
  openUploads(): Promise<number>;
  close(): Promise<void>;
};

/** The bundle of tests/support/workers/audio-worker.ts with an R2 bucket on disk. */
export async function startAudioWorker(script: string, { inspect = false } = {}): Promise<AudioWorker> {
  const state = await mkdtemp(join(tmpdir(), "diarist-audio-"));
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script,
      compatibilityDate: "2026-10-20",
      compatibilityFlags: ["nodejs_compat"],
      r2Buckets: ["BUCKET"],
      resourcePersistencePath: state,
      ...(inspect ? { inspectorPort: 0 } : {}),
    }),
  );
  const url = await miniflare.ready;
  return {
    url,
    bucket: (await miniflare.getR2Bucket("BUCKET")) as unknown as R2Bucket,
    inspectorUrl: inspect ? await miniflare.getInspectorURL() : null,
    openUploads: () => countOpenUploads(state),
    async close() {
      await miniflare.dispose();
      await rm(state, { recursive: true, force: true });
    },
  };
}
