import { afterEach, beforeEach, vi } from "vitest";

type LogLine = { event: string } & Record<string, unknown>;

/** Keeps what the code under test logs, out of sight; the answer gives what one test has logged so far. */
export function useLogs(): () => LogLine[] {
  let lines: LogLine[] = [];
  beforeEach(() => {
    lines = [];
    vi.spyOn(console, "log").mockImplementation((line: string) => {
      if (line.startsWith("{")) lines.push(JSON.parse(line)); // the local runtime has its own notes
    });
  });
  afterEach(() => void vi.restoreAllMocks());
  return () => lines;
}
