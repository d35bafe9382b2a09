import { execFileSync } from "node:child_process";

const LOOK_EVERY_MS = 500;
/** Who adopts a process whose parent has died. */
const INIT = 1;

/**
 * Ends this process when the npm that started it is gone: a killed `npm start` must not leave a server behind that
 * holds the port. Started by hand, without npm, it stays.
 */
export function leaveWithParent(): void {
  if (!process.env["npm_lifecycle_event"]) return;
  const parent = process.ppid;
  const npm = findNpm(parent);
  if (npm === null) process.exit(1);
  setInterval(() => {
    if (process.ppid !== parent || !isAlive(npm)) process.exit(1);
  }, LOOK_EVERY_MS).unref();
}

/** npm starts a shell that starts us. Some shells (dash) stay in between, and outlive npm. Null: npm is gone already. */
function findNpm(parent: number): number | null {
  const above = readProcess(parent);
  if (!above) return parent; // no `ps` (Windows)
  const npm = /^(ba|da|z|k|a)?sh$/.test(above.command) ? above.ppid : parent;
  // In a container npm may be the first process itself.
  const isGone = npm === INIT && !/^(npm|npx|node|pnpm|yarn|bun)/.test(readProcess(INIT)?.command ?? "npm");
  return isGone ? null : npm;
}

function readProcess(pid: number): { ppid: number; command: string } | null {
  try {
    const line = execFileSync("ps", ["-o", "ppid=,comm=", "-p", String(pid)], { encoding: "utf8" });
    const [, ppid, command = ""] = /^\s*(\d+)\s+-?(.*)$/m.exec(line) ?? [];
    return { ppid: Number(ppid), command: command.replace(/^.*\//, "").trim() };
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
