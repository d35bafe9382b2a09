import { findWorkerd } from "./guard-workerd.ts";

const LOOK_EVERY_MS = 200;

/**
 * Ends this process when its Worker runtime has died. Miniflare would start another one, unguarded and without what
 * was in the queues; a new start finds it all in the state folder. Call the function it gives before a wanted end.
 */
export function leaveWithWorkerd(): () => void {
  const ours = findWorkerd();
  const timer = setInterval(() => {
    if (ours.every(isAlive)) return;
    console.error(
      "\nThe Worker runtime (workerd) was killed or has crashed, so Diarist stops. Nothing that was accepted is lost:\n" +
        "start it again with the same command.",
    );
    for (const pid of findWorkerd()) process.kill(pid, "SIGKILL");
    process.exit(1);
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
