import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** How far a recording had come when the command was last stopped. */
export type ResumeState = { uploadUrl?: string; jobId?: string };

/** One recording with one set of options on one server: the same command finds the same begun. */
export type ResumeFile = {
  read(): Promise<ResumeState>;
  write(begun: ResumeState): Promise<void>;
  remove(): Promise<void>;
};

/** @param identity what makes it this work and no other */
export function openResumeFile(identity: unknown): ResumeFile {
  const folder = join(process.env["XDG_STATE_HOME"] || join(homedir(), ".local", "state"), "diarist");
  const hash = createHash("sha256").update(JSON.stringify(identity)).digest("hex");
  const file = join(folder, `${hash.slice(0, 32)}.json`);
  return {
    async read() {
      try {
        return JSON.parse(await readFile(file, "utf8"));
      } catch {
        return {}; // none, or broken off while it was written: begin anew
      }
    },
    async write(begun) {
      try {
        await mkdir(folder, { recursive: true });
        await writeFile(file, JSON.stringify(begun), { mode: 0o600 });
      } catch (error) {
        // No reason to stop: only another run would have to begin anew.
        console.error(`${file}: ${error instanceof Error ? error.message : error}`);
      }
    },
    remove: () => rm(file, { force: true }),
  };
}
