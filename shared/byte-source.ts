/**
 * Reads a body into one reused buffer. A buffer per read leaves garbage that workerd collects late: at the default 4
 * KiB a read, 1 GiB left 145 MB of it.
 */
export interface ByteSource {
  /**
   * Writes the next bytes of the body into `buffer` from `offset` on: at least `leastBytes` if there is room and the
   * body has them, none at its end. Continue with the returned buffer: the one passed in may be detached.
   * @throws the error that the body broke off with
   */
  read(buffer: ArrayBuffer, offset: number): Promise<{ buffer: ArrayBuffer; bytes: number }>;
  /** Stops the sender at once; never fails. */
  cancel(reason?: unknown): Promise<void>;
}

/** Smaller reads cost more than their bytes. With larger ones, a slow sender shows no sign of life for too long. */
export const READ_BYTES = 256 * 1024;

/** Long enough for most of what is in flight, and short for a client that waits for the response. */
const DRAIN_MS = 5_000;

/** @param leastBytes a read waits until it has this many bytes; a body that breaks off loses what such a read had */
export function openByteSource(body: ReadableStream<Uint8Array>, leastBytes = READ_BYTES): ByteSource {
  try {
    return fromBytes(body.getReader({ mode: "byob" }), leastBytes);
  } catch {
    return fromChunks(body.getReader()); // a stream made in JavaScript, without `type: "bytes"`
  }
}

/**
 * Drains the body for up to 5 s, then cancels it; never fails. Many clients read no response before they have sent
 * everything. If we closed the connection earlier, they would not see ours.
 */
export async function drain(source: ByteSource): Promise<void> {
  const timer = new AbortController();
  const readAway = async () => {
    let buffer = new ArrayBuffer(READ_BYTES);
    for (let bytes = 1; bytes > 0 && !timer.signal.aborted; ) {
      ({ buffer, bytes } = await source.read(buffer, 0));
    }
  };
  const expiry = scheduler.wait(DRAIN_MS, { signal: timer.signal });
  await Promise.race([readAway(), expiry]).catch(() => {});
  timer.abort();
  await Promise.allSettled([expiry, source.cancel()]);
}

function fromBytes(reader: ReadableStreamBYOBReader, leastBytes: number): ByteSource {
  return {
    async read(buffer, offset) {
      const view = new Uint8Array(buffer, offset);
      const { value } = await reader.readAtLeast(Math.min(leastBytes, view.byteLength), view);
      if (!value) throw new TypeError("The body was canceled while it was being read.");
      return { buffer: value.buffer, bytes: value.byteLength };
    },
    cancel: (reason) => reader.cancel(reason).catch(() => {}),
  };
}

function fromChunks(reader: ReadableStreamDefaultReader<Uint8Array>): ByteSource {
  let chunk: Uint8Array = new Uint8Array(0);
  return {
    async read(buffer, offset) {
      while (chunk.byteLength === 0) {
        const { value, done } = await reader.read();
        if (done) return { buffer, bytes: 0 };
        chunk = value;
      }
      const taken = chunk.subarray(0, buffer.byteLength - offset);
      new Uint8Array(buffer, offset).set(taken);
      chunk = chunk.subarray(taken.byteLength);
      return { buffer, bytes: taken.byteLength };
    },
    cancel: (reason) => reader.cancel(reason).catch(() => {}),
  };
}
