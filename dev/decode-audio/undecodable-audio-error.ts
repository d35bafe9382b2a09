/** Thrown for a file that holds no audio this machine can decode; `found` says what it holds instead. */
export class UndecodableAudioError extends Error {
  override name = "UndecodableAudioError";
  readonly found: string;
  constructor(found: string, options?: ErrorOptions) {
    super(`cannot decode this as audio: ${found}`, options);
    this.found = found;
  }
}
