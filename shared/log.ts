/**
 * One JSON line per event: ids, counts and codes; never audio, text, keys or addresses with secrets. The only file that
 * prints.
 */
export function log(event: string, fields: Record<string, string | number | boolean | null> = {}): void {
  console.log(JSON.stringify({ event, ...fields }));
}

/** The name and message of whatever was thrown, for the log only: callers never see it. */
export function describeError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
