/** The process behind engine.ts: it loads the networks and hears one recording at a time. */

import { UndecodableAudioError } from "../decode-audio/index.ts";
import type { CheckedModel } from "../models/check-model.ts";
import { hearFile } from "./hear-file.ts";
import { loadNetworks, type Networks, NoBinaryError } from "./load-networks.ts";
import type { FromProcess, ToProcess } from "./messages.ts";

let stop = new AbortController();

function tell(message: FromProcess): void {
  process.send?.(message);
}

async function hear(networks: Networks, { path, speakers }: ToProcess & { kind: "hear" }): Promise<void> {
  stop = new AbortController();
  const { signal } = stop;
  const onProgress = (seconds: number) => tell({ kind: "progress", seconds });
  try {
    tell({ kind: "heard", heard: await hearFile(path, speakers, networks, { onProgress, signal }) });
  } catch (error) {
    if (signal.aborted) tell({ kind: "stopped" });
    else if (error instanceof UndecodableAudioError) tell({ kind: "undecodable", found: error.found });
    else tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  }
}

/** Its model and how many threads it may take come as arguments. */
async function main(model: CheckedModel, threads: number): Promise<void> {
  // Who asked is gone, however it went.
  process.on("disconnect", () => process.exit(0));
  // Ctrl-C goes to the whole group; the one who started this process ends it when it has closed.
  process.on("SIGINT", () => undefined);
  const networks = await loadNetworks(model, threads).catch((error: unknown) => {
    const because = error instanceof NoBinaryError ? "platform" : "model";
    tell({ kind: "unusable", because, message: error instanceof Error ? error.message : String(error) });
    return null;
  });
  if (!networks) return;
  process.on("message", (message: ToProcess) => {
    if (message.kind === "hear") void hear(networks, message);
    else stop.abort();
  });
  tell({ kind: "ready" });
}

await main(JSON.parse(process.argv[2] ?? "{}"), Number(process.argv[3]));
