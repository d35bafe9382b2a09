// What a recording says, from its samples alone: the words of marker speech, or where there are none, when
// somebody speaks. Works in its own thread, so that the caller can serve others.

import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { UndecodableAudioError } from "../decode-audio/index.ts";
import type { Recognition } from "./listen.ts";

export type { Recognition };

/** What the thread sends back. */
export type ThreadAnswer =
  | { kind: "recognised"; recognition: Recognition }
  | { kind: "undecodable"; found: string }
  | { kind: "failed"; error: Error };

const THREAD = fileURLToPath(new URL("./recognise-thread.ts", import.meta.url).href);

/**
 * @param path of a file on disk; its name means nothing
 * @throws UndecodableAudioError when the file holds no audio
 */
export function recognise(path: string): Promise<Recognition> {
  const worker = new Worker(THREAD, { workerData: path, stderr: true });
  // Some decoders complain about every damaged frame; what matters of it is in the answer.
  worker.stderr.resume();
  return new Promise<Recognition>((resolve, reject) => {
    worker.once("message", (outcome: ThreadAnswer) => {
      switch (outcome.kind) {
        case "recognised":
          return resolve(outcome.recognition);
        case "undecodable":
          return reject(new UndecodableAudioError(outcome.found));
        case "failed":
          return reject(outcome.error);
      }
    });
    worker.once("error", reject);
    worker.once("exit", (code) =>
      reject(new Error(`the recogniser stopped without an answer (exit code ${code})`)),
    );
  });
}
