const WINDOW_MS = 8_000;

/** The transfer speed over the last few seconds: quick enough to follow the connection, slow enough to read. */
export class RateMeter {
  #seen: { at: number; bytes: number }[] = [];

  /** @param bytes that have arrived in total */
  add(at: number, bytes: number): void {
    const last = this.#seen.at(-1);
    if (last && bytes < last.bytes) this.#seen = []; // a chunk is sent again
    this.#seen.push({ at, bytes });
    while (this.#seen.length > 2 && at - (this.#seen[1]?.at ?? at) >= WINDOW_MS) this.#seen.shift();
  }

  /** null until it can be measured. */
  get bytesPerSecond(): number | null {
    const [first, last] = [this.#seen[0], this.#seen.at(-1)];
    if (!first || !last || last.at - first.at < 500 || last.bytes === first.bytes) return null;
    return ((last.bytes - first.bytes) / (last.at - first.at)) * 1000;
  }
}
