// ffmpeg for tests and benchmarks; nothing else here needs it.

import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

export function hasFfmpeg(): boolean {
  try {
    execFileSync("ffmpeg", ["-version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** @param how ffmpeg's options between input and output, in one string */
export async function convertWithFfmpeg(input: string, output: string, how = ""): Promise<string> {
  const options = how.split(" ").filter((option) => option !== "");
  await run("ffmpeg", ["-v", "error", "-y", "-i", input, ...options, output]);
  return output;
}
