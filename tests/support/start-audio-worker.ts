import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { bundleWorker } from "../../dev/bundle-worker.ts";

export type AudioWorker = {
  url: URL;
  bucket: R2Bucket;
  /** Where a debugger can attach; only with `inspect`. */
  inspectorUrl: URL | null;
  /** Multipart uploads that are neither completed nor aborted; R2's binding cannot list them. */
  openUploads(): Promise<number>;
  close(): Promise<void>;
};

/** tests/support/audio-worker.ts with an R2 bucket on disk. */
export async function startAudioWorker({ inspect = false } = {}): Promise<AudioWorker> {
  const state = await mkdtemp(join(tmpdir(), "diarist-audio-"));
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: await bundleWorker("tests/support/audio-worker.ts"),
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
    async openUploads() {
      const files = await readdir(state, { recursive: true });
      const file = files.find((name) => /R2BucketObject.*\.sqlite$/.test(name) && !name.includes("metadata"));
      if (!file) return 0;
      const db = new DatabaseSync(join(state, file), { readOnly: true });
      const row = db.prepare("SELECT count(*) AS open FROM _mf_multipart_uploads WHERE state = 0").get();
      db.close();
      return Number(row?.["open"]);
    },
    async close() {
      await miniflare.dispose();
      await rm(state, { recursive: true, force: true });
    },
  };
}
