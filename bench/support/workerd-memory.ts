import { readFile } from "node:fs/promises";
import { findWorkerd } from "../../dev/local/guard-workerd.ts";

/** The most that the local runtime of this process has held, simulators of D1 and R2 included; null: not on Linux. */
export async function peakMegabytesOfWorkerd(): Promise<number | null> {
  const peaks = await Promise.all(
    findWorkerd().map(async (pid) => {
      const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
      return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
    }),
  );
  return peaks.length > 0 && process.platform === "linux" ? Math.max(...peaks) : null;
}
