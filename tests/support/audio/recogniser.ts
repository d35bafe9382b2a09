import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { onTestFinished } from "vitest";
import { listen } from "../../../dev/recognise/listen.ts";
import type { Recognition } from "../../../dev/recognise/recognise.ts";

/**
 * Hears marker speech for the stand-in, in this process and the same bytes only once: a thread for each of many short
 * files takes longer to start than they take to hear.
 */
export function createRecogniser(hear: (path: string) => Promise<Recognition> = listen) {
  const heard = new Map<string, Promise<Recognition>>();
  return async (path: string): Promise<Recognition> => {
    const hash = createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
    const known = heard.get(hash) ?? hear(path);
    heard.set(hash, known);
    return known;
  };
}

/** A recogniser that can be paused: after `hold` it answers nothing until what `hold` gave is called, or the test is over. */
export function createPausableRecogniser() {
  const recognise = createRecogniser();
  let released: Promise<void> = Promise.resolve();
  return {
    async recognise(path: string): Promise<Recognition> {
      await released;
      return recognise(path);
    },
    hold(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>();
      released = promise;
      onTestFinished(() => resolve());
      return resolve;
    },
  };
}
