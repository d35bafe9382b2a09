// ffmpeg for tests and benchmarks; nothing else needs it.

import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** False, with a message, on a machine without ffmpeg: for `test.skipIf`. */
export const hasFfmpeg: boolean = spawnSync("ffmpeg", ["-version"]).status === 0;
if (!hasFfmpeg) console.warn("ffmpeg is not installed: the tests that need it are skipped");

/** @param how ffmpeg's options between input and output, in one string */
export async function convertWithFfmpeg(input: string, output: string, how = ""): Promise<string> {
  const options = how.split(" ").filter((option) => option !== "");
  await run("ffmpeg", ["-v", "error", "-nostdin", "-y", "-i", input, ...options, output], {
    timeout: 300_000,
  });
  return output;
}
