import type { Job } from "../index.ts";

/** 3725 as `1:02:05`, 65 as `1:05`. */
export function showSeconds(seconds: number | null): string {
  if (seconds === null) return "-";
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = String(whole % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** Rows under a header, with aligned columns. */
export function showTable(head: string[], rows: string[][]): string {
  const widths = head.map((title, n) => Math.max(title.length, ...rows.map((row) => row[n]?.length ?? 0)));
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, n) => cell.padEnd(widths[n] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export function showJobRow(job: Job): string[] {
  const { id, status, audio, created_at } = job;
  return [
    id,
    status,
    showSeconds(audio.duration),
    created_at.slice(0, 19).replace("T", " "),
    audio.filename ?? "-",
  ];
}

export const JOB_HEAD = ["JOB", "STATUS", "LENGTH", "CREATED (UTC)", "FILE"];

/** The main facts of one job. */
export function showJob(job: Job): string {
  const { progress, result, error } = job;
  const state =
    job.status === "queued" || job.status === "processing"
      ? `${job.status}: ${progress.waiting_for ?? progress.stage}, ${progress.parts_done} of ${progress.parts_total} parts`
      : job.status;
  const lines: [string, string | null][] = [
    ["job", job.id],
    ["status", state],
    ["file", job.audio.filename],
    ["length", showSeconds(job.audio.duration)],
    ["language", result?.language ?? null],
    ["words", result ? String(result.words) : null],
    ["speakers", result ? result.speakers.join(", ") : null],
    ["error", error ? `${error.code}: ${error.message}` : null],
    ["what to do", error?.action ?? null],
    ["tags", job.tags.join(", ") || null],
    ["created", job.created_at],
    ["completed", job.timings.completed_at],
  ];
  return lines
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name.padEnd(11)} ${value}`)
    .join("\n");
}

/** What is to be known of a job's transcript, on standard error: a line each. */
export function showWarnings(job: Job): void {
  for (const line of warningsOf(job)) console.error(`diarist: ${line}`);
}

export function warningsOf({ result }: Job): string[] {
  return (result?.warnings ?? []).map(({ message, action }) => `warning: ${message} ${action}`);
}
