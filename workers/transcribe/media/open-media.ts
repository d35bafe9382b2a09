import { CustomSource, Input, MATROSKA, MP4, OGG, QTFF, WEBM } from "mediabunny";
import { createTurns } from "./run-in-turn.ts";

/** What is left to the demuxer. Of MP3, FLAC and ADTS it would keep every frame in memory. */
const FORMATS = [MP4, QTFF, WEBM, MATROSKA, OGG];
const CACHE_BYTES = 4 * 1024 * 1024;

/** For one of ten hours the demuxer takes up to 70 MB of an isolate's 128, and consumers may share an isolate. */
const inTurn = createTurns();

/** Lets `use` read a stored file through the demuxer, by ranges with a small cache; in this isolate one at a time. */
export function withMedia<T>(
  bucket: R2Bucket,
  key: string,
  bytes: number,
  use: (input: Input) => Promise<T>,
): Promise<T> {
  return inTurn(async () => {
    using input = openMedia(bucket, key, bytes);
    return await use(input); // awaited: the input is closed when this block is left
  });
}

function openMedia(bucket: R2Bucket, key: string, bytes: number): Input {
  const source = new CustomSource({
    getSize: () => bytes,
    read: (start, end) => readRange(bucket, key, start, end - start),
    prefetchProfile: "network",
    maxCacheSize: CACHE_BYTES,
    handleUnhandledError: () => undefined,
  });
  return new Input({ source, formats: FORMATS });
}

/** Says nothing about the recording. */
export class StorageError extends Error {
  override name = "StorageError";
}

/** @throws StorageError */
export async function readRange(
  bucket: R2Bucket,
  key: string,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  if (length === 0) return new Uint8Array();
  try {
    const object = await bucket.get(key, { range: { offset, length } });
    if (!object) throw new Error(`${key} is not in R2`);
    return new Uint8Array(await object.arrayBuffer());
  } catch (cause) {
    throw new StorageError("the recording could not be read", { cause });
  }
}
