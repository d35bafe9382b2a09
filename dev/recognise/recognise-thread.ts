// The thread behind recognise.ts.

import { parentPort, workerData } from "node:worker_threads";
import { UndecodableAudioError } from "../decode-audio/index.ts";
import { listen } from "./listen.ts";
import type { ThreadAnswer } from "./recognise.ts";

async function answer(path: string): Promise<ThreadAnswer> {
  try {
    return { kind: "recognised", recognition: await listen(path) };
  } catch (error) {
    if (error instanceof UndecodableAudioError) return { kind: "undecodable", found: error.found };
    return { kind: "failed", error: error instanceof Error ? error : new Error(String(error)) };
  }
}

if (typeof workerData === "string") parentPort?.postMessage(await answer(workerData));
