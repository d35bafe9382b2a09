import { execFileSync, spawn } from "node:child_process";

/** Reads until its standard input closes, which it does when we die, however we die; then it ends the process. */
const GUARD = `process.stdin.resume().on("close", () => { try { process.kill(Number(process.argv[1]), "SIGKILL") } catch {} })`;

/**
 * Sees to it that workerd does not outlive us: a SIGKILL of this process would leave it running, holding the port
 * and the state. Where there is no `ps` (Windows) there is no guard.
 */
export function guardWorkerd(): void {
  for (const pid of findWorkerd()) {
    const guard = spawn(process.execPath, ["-e", GUARD, String(pid)], {
      stdio: ["pipe", "ignore", "ignore"],
    });
    guard.unref();
    if (guard.stdin && "unref" in guard.stdin && typeof guard.stdin.unref === "function") guard.stdin.unref();
  }
}

/** The Worker runtimes that this process has started. */
export function findWorkerd(): number[] {
  return listProcesses().flatMap((line) => {
    const [pid, ppid, command] = line.trim().split(/\s+/);
    return Number(ppid) === process.pid && command?.includes("workerd") ? [Number(pid)] : [];
  });
}

function listProcesses(): string[] {
  try {
    return execFileSync("ps", ["-A", "-o", "pid=,ppid=,comm="], { encoding: "utf8" }).split("\n");
  } catch {
    return [];
  }
}
