import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** How far a recording had come when the command was last stopped. */
export type Note = { uploadUrl?: string; jobId?: string };

/** One recording with one set of options on one server: the same command finds the same note. */
export type Notebook = { read(): Promise<Note>; write(note: Note): Promise<void>; remove(): Promise<void> };

/** @param identity what makes it this work and no other */
export function openNotebook(identity: unknown): Notebook {
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
    async write(note) {
      try {
        await mkdir(folder, { recursive: true });
        await writeFile(file, JSON.stringify(note), { mode: 0o600 });
      } catch (error) {
        // No reason to stop: only another run would have to begin anew.
        console.error(`${file}: ${error instanceof Error ? error.message : error}`);
      }
    },
    remove: () => rm(file, { force: true }),
  };
}
