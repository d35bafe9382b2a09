import { ApiError, UnreachableError } from "../index.ts";

/** The process's exit codes; `diarist --help` lists them. */
export const EXIT = { done: 0, failed: 1, usage: 2, refused: 3, unreachable: 4, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A mistake in the command that its user can correct. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** Ctrl-C. */
export class InterruptedError extends Error {
  override name = "InterruptedError";
}

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof InterruptedError) return EXIT.interrupted;
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof UnreachableError) return EXIT.unreachable;
  if (error instanceof ApiError && (error.status === 401 || error.status === 403)) return EXIT.refused;
  return EXIT.failed;
}

/** The message for a person, with what to do about it. */
export function explain(error: unknown): string {
  if (error instanceof ApiError) {
    const request = error.requestId ? ` (request ${error.requestId})` : "";
    const hint = error.status === 401 ? " The key is read from DIARIST_API_KEY." : "";
    return `${error.message} ${error.action}${hint} [${error.code}]${request}`;
  }
  if (error instanceof UnreachableError) {
    return `${error.message}. Is DIARIST_URL right, and is it up?`;
  }
  return error instanceof Error ? error.message : String(error);
}
