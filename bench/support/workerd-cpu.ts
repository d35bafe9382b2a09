import { readFileSync } from "node:fs";
import { findWorkerd } from "../../dev/local/guard-workerd.ts";

const TICKS_PER_SECOND = 100; // USER_HZ of Linux on every common machine

/** What the local runtime of this process has computed, simulators of D1 and R2 included. Linux only: 0 elsewhere. */
export function cpuSecondsOfWorkerd(): number {
  if (process.platform !== "linux") return 0;
  const ticks = findWorkerd().map((pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]); // utime and stime, proc(5)
  });
  return ticks.reduce((sum, ticks) => sum + ticks, 0) / TICKS_PER_SECOND;
}
