/** Limits the download, whatever the recording's length: peaks are only a picture. */
export const MAX_BYTES = 12 * 1024 * 1024;
/** Below this size, one request is cheaper than a hundred for pieces. */
const WHOLE_BYTES = 4 * 1024 * 1024;

export class TooManyBytesError extends Error {
  override name = "TooManyBytesError";
}

/** Reads pieces of a file on the server, up to a total limit; a small file is loaded once. */
export class RangeReader {
  /** Bytes requested so far. */
  fetched = 0;
  readonly isWhole: boolean;
  readonly #url: string;
  readonly #size: number;
  readonly #signal: AbortSignal;
  readonly #fetch: typeof fetch;
  #whole: Promise<Uint8Array<ArrayBuffer>> | undefined;

  constructor(
    url: string,
    size: number,
    signal: AbortSignal,
    get: typeof fetch = (...args) => fetch(...args),
  ) {
    this.#url = url;
    this.#size = size;
    this.#signal = signal;
    this.#fetch = get;
    this.isWhole = size <= WHOLE_BYTES;
  }

  /**
   * Bytes from `start` to `end`, the end excluded.
   * @throws TooManyBytesError beyond the limit, and when the server would send the whole file instead
   */
  async read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    if (!this.isWhole) return this.#ask(start, Math.min(end, this.#size));
    this.#whole ??= this.#ask(0, this.#size);
    return (await this.#whole).slice(start, end);
  }

  async #ask(start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    if (this.fetched + (end - start) > MAX_BYTES) throw new TooManyBytesError();
    this.fetched += end - start;
    const headers = { range: `bytes=${start}-${end - 1}` };
    const answer = await this.#fetch(this.#url, { headers, signal: this.#signal });
    const isRange = answer.status === 206 || (answer.status === 200 && start === 0 && end === this.#size);
    if (isRange) return new Uint8Array(await answer.arrayBuffer());
    await answer.body?.cancel();
    if (answer.ok) throw new TooManyBytesError();
    throw new TypeError(`The server answered ${answer.status} for a piece of the recording.`);
  }
}
