/** Two starts at once must not write the same file. */

import { readFile, rm, writeFile } from "node:fs/promises";
import { DownloadError } from "./download-error.ts";

/** Holds the lock until it is disposed of. @throws DownloadError while another process that lives holds it */
export async function takeLock(path: string): Promise<AsyncDisposable> {
  for (const isLastTry of [false, true]) {
    try {
      await writeFile(path, String(process.pid), { flag: "wx" });
      return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      const owner = Number(await readFile(path, "utf8").catch(() => "0"));
      if (isLastTry || isAlive(owner)) {
        throw new DownloadError(
          `Process ${owner} is fetching it at this moment (${path}): wait for it, or end it.`,
        );
      }
      await rm(path, { force: true });
    }
  }
  throw new DownloadError(`${path} cannot be taken.`);
}

function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
