import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { ROOT } from "../../dev/root.ts";

const START_TIMEOUT_MS = 120_000;
const LOOK_EVERY_MS = 50;
const LAST_LINES = 30;
const DEPLOYED = "bench/chaos/deployed/start.ts";

/** Whom a SIGKILL hits: all of `npm start`, or one process of it. */
export type Victim = "all" | "npm" | "node" | "workerd";

export type LogLine = {
  event: string;
  job_id?: string;
  part?: number;
  outcome?: string;
  purpose?: string;
  store?: string;
  when?: string;
  upload_id?: string | null;
};

/** One `npm start`, or a start of Diarist as deployed, in a process group of its own, watched from outside. */
export type DiaristProcess = {
  /** Resolves when it says that it is up. @throws Error with its last lines when it ends or takes too long */
  ready: Promise<void>;
  /** The next line of a Worker's log that fits. Never resolves if none comes. */
  untilLog(fits: (line: LogLine) => boolean): Promise<void>;
  /** @throws Error with its last lines when there was nothing left to kill */
  kill(victim: Victim): void;
  /** Whether nothing of it is left after at most so long. */
  isGone(withinMs: number): Promise<boolean>;
};

type StartOptions = {
  port: number;
  statePath: string;
  /** As deployed, with the Workers that were prepared in this file. Without it: `npm start`. */
  prepared?: string | undefined;
  /** A file that all it says is added to. */
  logPath?: string;
  env: Record<string, string>;
  onLog: (line: LogLine) => void;
};

export function startDiaristProcess({
  port,
  statePath,
  prepared,
  logPath,
  env,
  onLog,
}: StartOptions): DiaristProcess {
  const where = ["--port", String(port), "--state", statePath];
  const [command, args] = prepared
    ? [process.execPath, [DEPLOYED, ...where, "--prepared", prepared]]
    : ["npm", ["start", "--", ...where]];
  const npm = spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const group = npm.pid;
  if (group === undefined) throw new Error(`${command} could not be started`);
  process.once("exit", () => {
    try {
      process.kill(-group, "SIGKILL");
    } catch {
      // it has ended
    }
  });
  const watchers = new Set<(line: LogLine) => void>();
  const lastLines: string[] = [];
  const ready = watchOutput(npm, logPath, lastLines, (line) => {
    onLog(line);
    for (const watch of watchers) watch(line);
  });
  ready.catch(() => {}); // killed while it starts: nothing waits for it then

  return {
    ready,
    untilLog: (fits) =>
      new Promise((resolve) => {
        const watch = (line: LogLine) => {
          if (!fits(line)) return;
          watchers.delete(watch);
          resolve();
        };
        watchers.add(watch);
      }),
    kill(victim) {
      const pid = victim === "all" ? -group : findVictim(group, victim);
      try {
        if (pid !== null) process.kill(pid, "SIGKILL");
      } catch (cause) {
        throw new Error(`it had ended by itself; its last lines:\n${lastLines.join("\n")}`, { cause });
      }
    },
    async isGone(withinMs) {
      for (const until = Date.now() + withinMs; ; await sleep(LOOK_EVERY_MS)) {
        if (processesOf(group).length === 0) return true;
        if (Date.now() > until) return false;
      }
    },
  };
}

function watchOutput(
  npm: ChildProcess,
  logPath: string | undefined,
  lastLines: string[],
  onLog: (line: LogLine) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${why}; its last lines:\n${lastLines.join("\n")}`));
    const timer = setTimeout(() => fail(`not up after ${START_TIMEOUT_MS} ms`), START_TIMEOUT_MS);
    for (const stream of [npm.stdout, npm.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on("line", (line) => {
        if (logPath) appendFileSync(logPath, `${line}\n`);
        lastLines.push(line);
        lastLines.splice(0, lastLines.length - LAST_LINES);
        if (line.startsWith("Diarist is up")) {
          clearTimeout(timer);
          resolve();
        }
        const parsed = parseLog(line);
        if (parsed) onLog(parsed);
      });
    }
    npm.once("exit", (code) => {
      clearTimeout(timer);
      fail(`it ended (${code ?? "killed"})`);
    });
  });
}

/** The Workers print one JSON object a line (shared/log.ts). */
function parseLog(line: string): LogLine | null {
  if (!line.startsWith('{"event":"')) return null;
  try {
    return JSON.parse(line) as LogLine; // written by shared/log.ts
  } catch {
    return null; // cut off by a kill
  }
}

function findVictim(group: number, victim: Exclude<Victim, "all">): number | null {
  if (victim === "npm") return group;
  const all = processesOf(group);
  const node = all.find(
    ({ args }) => /\bnode\S* (dev|bench\/chaos\/deployed)\/start\.ts/.test(args) && !/^\S*sh -c/.test(args),
  );
  if (victim === "node") return node?.pid ?? null;
  return all.find(({ ppid, command }) => ppid === node?.pid && command === "workerd")?.pid ?? null;
}

/** What lives of a process group; a zombie does not. */
function processesOf(group: number) {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,pgid=,stat=,comm=,args="], { encoding: "utf8" });
  return lines.split("\n").flatMap((line) => {
    const [pid, ppid, pgid, state, command, ...args] = line.trim().split(/\s+/);
    if (Number(pgid) !== group || state?.startsWith("Z")) return [];
    return [{ pid: Number(pid), ppid: Number(ppid), command, args: args.join(" ") }];
  });
}
