import { chunksOf } from "../api/chunks-of.ts";
import { type Diarist, fetchPath } from "../api/diarist.ts";
import { MachineReader, type MachineRun } from "./model/read-machine.ts";
import { transcriptPath } from "./transcript-path.ts";

/** How long the page may process input before it reacts to the reader again: half a frame. */
const BUSY_MS = 8;
/** A network may deliver a megabyte at once. */
const SLICE_CHARACTERS = 65_536;

/**
 * Loads the machine's transcript and returns its words as they arrive. The page stays responsive: work is done in
 * slices on the main thread, because a Web Worker would need an exception in the page's Trusted Types.
 * @throws ApiError, UnreachableError, SyntaxError when the answer broke off, or the signal's reason
 */
export async function loadMachine(
  diarist: Diarist,
  jobId: string,
  onRun: (run: MachineRun) => void,
  signal: AbortSignal,
): Promise<void> {
  const path = transcriptPath(jobId, { format: "verbose_json", layer: "machine" });
  const { body } = await fetchPath(diarist, path, { signal });
  if (!body) throw new TypeError("The server's response has no transcript.");
  const reader = new MachineReader(onRun);
  let until = performance.now() + BUSY_MS;
  for await (const text of chunksOf(body.pipeThrough(new TextDecoderStream()))) {
    for (let from = 0; from < text.length && !reader.isEnough; from += SLICE_CHARACTERS) {
      reader.take(text.slice(from, from + SLICE_CHARACTERS));
      if (performance.now() < until) continue;
      await breathe();
      signal.throwIfAborted();
      until = performance.now() + BUSY_MS;
    }
    if (reader.isEnough) break; // leaving the loop cancels the rest of the download
  }
  reader.finish();
}

/** Lets the browser draw and handle input. */
function breathe(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
