import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeDeployConfig } from "./config.ts";
import { readProject, WORKERS } from "./project.ts";
import { mustRun, type Wrangler } from "./wrangler.ts";

/** Cloudflare's limits for a Worker of the free plan, the stricter one. */
const MAX_GZIP_KIB = 3 * 1024;
const MAX_STARTUP_MS = 1_000;
/** The least of this many, since a busy machine only makes it longer. */
const STARTUPS = 3;

type Bundle = { name: string; rawKib: number; gzipKib: number; startupMs: number; problems: string[] };

/** Bundles the three Workers as a deployment would, and measures them. Needs no account and no network. */
export async function dryRun(wrangler: Wrangler, folder: string): Promise<Bundle[]> {
  const project = readProject();
  const config = await writeDeployConfig({}, join(folder, "wrangler.json"));
  const bundles: Bundle[] = [];
  for (const worker of WORKERS) {
    const out = join(folder, worker);
    const bundle = join(folder, `${worker}.bundle`);
    const at = ["--config", config, "--env", worker];
    const printed = await mustRun(wrangler, [
      "deploy",
      ...at,
      "--dry-run",
      "--outdir",
      out,
      "--outfile",
      bundle,
    ]);
    const size = readSize(printed);
    let startupMs = Number.POSITIVE_INFINITY;
    for (let n = 0; n < STARTUPS; n++)
      startupMs = Math.min(startupMs, await profileStartup(wrangler, bundle));
    const problems = [
      ...(size.gzipKib > MAX_GZIP_KIB ? [`larger than ${MAX_GZIP_KIB} KiB`] : []),
      ...(startupMs > MAX_STARTUP_MS ? [`starts in more than ${MAX_STARTUP_MS} ms`] : []),
    ];
    bundles.push({ name: project.names[worker], ...size, startupMs, problems });
  }
  return bundles;
}

function readSize(printed: string): { rawKib: number; gzipKib: number } {
  const [, raw, gzip] = /Total Upload: ([\d.]+) KiB \/ gzip: ([\d.]+) KiB/.exec(printed) ?? [];
  if (!raw || !gzip) throw new Error(`wrangler printed no size:\n${printed}`);
  return { rawKib: Number(raw), gzipKib: Number(gzip) };
}

type Profile = {
  nodes: { id: number; callFrame: { functionName: string } }[];
  samples: number[];
  timeDeltas: number[];
};

/** How long the local runtime is at work until the Worker can take a request; Cloudflare's machines differ. */
async function profileStartup(wrangler: Wrangler, bundle: string): Promise<number> {
  const file = `${bundle}.cpuprofile`;
  await mustRun(wrangler, ["check", "startup", "--worker", bundle, "--outfile", file]);
  const { nodes, samples, timeDeltas } = JSON.parse(await readFile(file, "utf8")) as Profile; // V8's own format
  const idle = new Set(
    nodes.filter(({ callFrame }) => callFrame.functionName === "(idle)").map(({ id }) => id),
  );
  const busy = samples.reduce((sum, id, n) => sum + (idle.has(id) ? 0 : (timeDeltas[n] ?? 0)), 0);
  return busy / 1000;
}
