import { spawn } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "../root.ts";

const WRANGLER = join(ROOT, "node_modules", "wrangler", "bin", "wrangler.js");

export type CommandResult = { status: number; stdout: string; stderr: string };

/** Runs one wrangler command; tests bring their own. */
export type Wrangler = (args: string[]) => Promise<CommandResult>;

/** A wrangler command failed for a reason that is not ours to mend; the message is what wrangler said. */
export class WranglerError extends Error {
  override name = "WranglerError";

  constructor(args: string[], { stdout, stderr }: CommandResult) {
    super(`wrangler ${args.join(" ")} failed:\n${`${stderr}\n${stdout}`.trim()}`);
  }
}

/** The wrangler of this project. It never asks anything: its output is not a terminal. */
export const runWrangler: Wrangler = (args) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [WRANGLER, ...args], {
      cwd: ROOT,
      // "log": its output is read here, and quiet-wrangler.ts has turned it off for this process.
      env: { ...process.env, WRANGLER_LOG: "log", WRANGLER_SEND_METRICS: "false", NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const answer: CommandResult = { status: 1, stdout: "", stderr: "" };
    child.stdout.on("data", (chunk: Buffer) => {
      answer.stdout += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      answer.stderr += chunk.toString();
    });
    child.once("error", reject);
    child.once("close", (status) => resolve({ ...answer, status: status ?? 1 }));
  });

/** What the command printed. @throws WranglerError when it failed */
export async function mustRun(wrangler: Wrangler, args: string[]): Promise<string> {
  const answer = await wrangler(args);
  if (answer.status !== 0) throw new WranglerError(args, answer);
  return answer.stdout;
}
