import { type ByteSource, openByteSource, READ_BYTES } from "../../../shared/byte-source.ts";
import { SOURCE_IDLE_MS } from "../../../shared/limits.ts";

/** The download came to no end: it broke off, stopped, or is not as long as it was said to be. */
export class DownloadBrokenError extends Error {
  override name = "DownloadBrokenError";
}

/**
 * A body in pieces of up to 256 KiB, none at its end; a piece is gone when the next is asked for. It lies in a buffer
 * of its own, since a read that fails takes its buffer with it.
 */
export function watchSource(body: ReadableStream<Uint8Array>): {
  next(): Promise<Uint8Array>;
  cancel(): Promise<void>;
} {
  const source = openByteSource(body);
  let buffer = new ArrayBuffer(READ_BYTES);
  return {
    async next() {
      const read = await readInTime(source, buffer);
      buffer = read.buffer;
      return new Uint8Array(buffer, 0, read.bytes);
    },
    cancel: () => source.cancel(),
  };
}

async function readInTime(source: ByteSource, buffer: ArrayBuffer) {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new DownloadBrokenError(`stopped sending for ${SOURCE_IDLE_MS / 1000} s`));
  }, SOURCE_IDLE_MS);
  try {
    const read = source.read(buffer, 0).catch((cause: unknown) => {
      throw new DownloadBrokenError("broke off", { cause });
    });
    read.catch(() => undefined); // when it comes too late, nobody asks how it ended
    return await Promise.race([read, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
