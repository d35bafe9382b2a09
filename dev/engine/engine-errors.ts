/** Why the engine did not hear a recording. */

/** It is hearing another one. */
export class EngineBusyError extends Error {
  override name = "EngineBusyError";
  readonly retryAfterSeconds: number;
  constructor(retryAfterSeconds: number) {
    super("The local engine is busy with another recording.");
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** An answer would take longer than a caller waits. */
export class TooLongToHearError extends Error {
  override name = "TooLongToHearError";
  readonly longestSeconds: number;
  constructor(longestSeconds: number) {
    super(`The local engine hears at most ${Math.floor(longestSeconds)} s in one call on this machine.`);
    this.longestSeconds = longestSeconds;
  }
}

/** The process ended or hung over this recording; the next one gets another process. */
export class EngineFailedError extends Error {
  override name = "EngineFailedError";
}

/** It cannot be started at all: no binary for this machine, or a model that does not load. The message says what to do. */
export class EngineUnusableError extends Error {
  override name = "EngineUnusableError";
}
