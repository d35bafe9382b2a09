/** Starts the process that has the networks, and waits until they are loaded. */

import { fork } from "node:child_process";
import { once } from "node:events";
import { availableParallelism, constants, setPriority } from "node:os";
import { join } from "node:path";
import type { CheckedModel } from "../models/check-model.ts";
import { describePlatform } from "./describe-platform.ts";
import { EngineUnusableError } from "./engine-errors.ts";
import type { FromProcess, ToProcess } from "./messages.ts";

export type EngineProcess = {
  pid: number | undefined;
  send(message: ToProcess): void;
  onMessage(listener: ((message: FromProcess) => void) | null): void;
  kill(): void;
  /** How the process ended. */
  gone: Promise<string>;
};

const MOST_THREADS = 4;
const LOADING_MS = 120_000;
const KEPT_OUTPUT = 2000;

/** @throws EngineUnusableError */
export async function startProcess(model: CheckedModel): Promise<EngineProcess> {
  const threads = Math.max(1, Math.min(MOST_THREADS, availableParallelism()));
  const child = fork(
    join(import.meta.dirname, "engine-process.ts"),
    [JSON.stringify(model), String(threads)],
    { serialization: "advanced", stdio: ["ignore", "ignore", "pipe", "ipc"] },
  );
  let output = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-KEPT_OUTPUT);
  });
  let listener: ((message: FromProcess) => void) | null = null;
  child.on("message", (message: FromProcess) => listener?.(message));
  // A message to a process that is gone; `gone` tells of it.
  child.on("error", () => undefined);
  const gone = once(child, "exit").then(([code, signal]) => {
    const last = output.trim().split("\n").at(-1) ?? "";
    return `${signal ?? `exit code ${code}`}${last ? `: ${last}` : ""}`;
  });
  lowerPriority(child.pid);

  const worker: EngineProcess = {
    pid: child.pid,
    send: (message) => void (child.connected && child.send(message)),
    onMessage(next) {
      listener = next;
    },
    kill: () => void child.kill("SIGKILL"),
    gone,
  };
  await loaded(worker, model);
  return worker;
}

async function loaded(worker: EngineProcess, model: CheckedModel): Promise<void> {
  const timer = setTimeout(worker.kill, LOADING_MS);
  const outcome = await Promise.race([
    new Promise<FromProcess>((resolve) => worker.onMessage(resolve)),
    worker.gone,
  ]);
  clearTimeout(timer);
  worker.onMessage(null);
  if (typeof outcome === "string") {
    throw new EngineUnusableError(`The model in ${model.folder} does not load (${outcome}). ${ADVICE}`);
  }
  if (outcome.kind === "ready") return;
  worker.kill();
  const { because, message } =
    outcome.kind === "unusable" ? outcome : { because: "model", message: outcome.kind };
  throw new EngineUnusableError(
    because === "platform"
      ? `There is no local engine for ${describePlatform()}: sherpa-onnx has no binary that loads here.`
      : `The model in ${model.folder} does not load (${message}). ${ADVICE}`,
  );
}

const ADVICE = "Is it of the kind that its model.json says?";

/** Who sits at this machine comes first. */
function lowerPriority(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Not everywhere allowed, and never needed.
  }
}
