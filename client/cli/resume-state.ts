import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** The progress of a recording when the command was last stopped. */
type ResumeState = { uploadUrl?: string; jobId?: string };

/** Belongs to one recording with one set of options on one server: the same command finds it again. */
type ResumeFile = {
  read(): Promise<ResumeState>;
  write(begun: ResumeState): Promise<void>;
  remove(): Promise<void>;
};

/** @param identity what distinguishes this work from any other */
export function openResumeFile(identity: unknown): ResumeFile {
  const folder = join(process.env["XDG_STATE_HOME"] || join(homedir(), ".local", "state"), "diarist");
  const hash = createHash("sha256").update(JSON.stringify(identity)).digest("hex");
  const file = join(folder, `${hash.slice(0, 32)}.json`);
  return {
    async read() {
      try {
        return JSON.parse(await readFile(file, "utf8"));
      } catch {
        return {}; // no file, or an incomplete one: start from the beginning
      }
    },
    async write(begun) {
      try {
        await mkdir(folder, { recursive: true });
        await writeFile(file, JSON.stringify(begun), { mode: 0o600 });
      } catch (error) {
        // No reason to stop: only a later run would have to start from the beginning.
        console.error(`${file}: ${error instanceof Error ? error.message : error}`);
      }
    },
    remove: () => rm(file, { force: true }),
  };
}
