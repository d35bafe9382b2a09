/** Peaks are a picture: whatever the recording's length, no more of it is fetched. */
export const MAX_BYTES = 12 * 1024 * 1024;

export class TooManyBytesError extends Error {
  override name = "TooManyBytesError";

  constructor(limit: number) {
    super(`More than ${limit} bytes would have to be read.`);
  }
}

/** A file on the server of which pieces are read, up to a limit in all. */
export class RangeReader {
  /** Fetched so far, or about to be. */
  bytes = 0;
  readonly #fetch: typeof fetch;
  readonly #limit: number;
  readonly #signal: AbortSignal;
  readonly #url: string;

  constructor(url: string, signal: AbortSignal, { fetch: get = fetch, limit = MAX_BYTES } = {}) {
    this.#url = url;
    this.#signal = signal;
    this.#fetch = get;
    this.#limit = limit;
  }

  /**
   * Bytes from `start` to `end`, the end excluded.
   * @throws TooManyBytesError beyond the limit, and when the server would send the whole file instead
   */
  async read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    if (this.bytes + (end - start) > this.#limit) throw new TooManyBytesError(this.#limit);
    this.bytes += end - start;
    const get = this.#fetch;
    const headers = { range: `bytes=${start}-${end - 1}` };
    const answer = await get(this.#url, { headers, signal: this.#signal });
    const isWhole = answer.status === 200;
    if (answer.ok && (!isWhole || Number(answer.headers.get("content-length")) <= end - start)) {
      return new Uint8Array(await answer.arrayBuffer());
    }
    await answer.body?.cancel();
    if (isWhole) throw new TooManyBytesError(this.#limit);
    throw new Error(`The server answered ${answer.status} for a piece of the recording.`);
  }
}
