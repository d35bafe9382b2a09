import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { buildClient } from "../../../dev/bundle/build-client.ts";
import { DEV_API_KEY } from "../../../dev/local/seed-tenant.ts";

type Ended = { code: number | null; stdout: string; stderr: string };
type Running = {
  ended: Promise<Ended>;
  /** Until it has said this, on either of its outputs. */
  said(pattern: RegExp): Promise<void>;
  interrupt(): void;
};

/** The `diarist` command, built afresh into a folder of its own, with a home and a folder for files of its own. */
export async function useCommandLine(url: string) {
  const folder = await mkdtemp(join(tmpdir(), "diarist-cli-"));
  await buildClient(folder);
  afterAll(() => rm(folder, { recursive: true }));

  function start(args: string[], env: Record<string, string> = {}): Running {
    const child = spawn(process.execPath, [join(folder, "diarist.js"), ...args], {
      cwd: folder,
      env: { DIARIST_URL: url, DIARIST_API_KEY: DEV_API_KEY, XDG_STATE_HOME: join(folder, "state"), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const ended = new Promise<Ended>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, stdout, stderr }));
    });
    return {
      ended,
      interrupt: () => void child.kill("SIGINT"),
      said: (pattern) =>
        new Promise((resolve, reject) => {
          const look = () => pattern.test(stdout + stderr) && resolve();
          child.stdout.on("data", look);
          child.stderr.on("data", look);
          void ended.then(() => reject(new Error(`it ended without saying ${pattern}:\n${stdout}${stderr}`)));
          look();
        }),
    };
  }

  return { folder, start, run: (args: string[], env?: Record<string, string>) => start(args, env).ended };
}

/** The objects that a command printed, one a line. */
export function linesOf<T>({ stdout }: Ended): T[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}
