/** Bytes of a recording, `to` excluded. */
export type ByteRange = [from: number, to: number];

/**
 * The bytes of a recording from `offset` on, `length` of them: as they are where they are few, as a stream where they
 * are many. @throws what the storage throws; never because of what the bytes are.
 */
export type RangeReader = (
  offset: number,
  length: number,
) => Promise<ReadableStream<Uint8Array> | Uint8Array>;

/** Up to here one array is cheaper than a stream of pieces. */
const MAX_ARRAY_BYTES = 2 * 1024 * 1024;

/** An object in R2. */
export function readRangesOf(bucket: Pick<R2Bucket, "get">, key: string): RangeReader {
  return async (offset, length) => {
    if (length <= 0) return new Uint8Array();
    const object = await bucket.get(key, { range: { offset, length } });
    if (!object) throw new Error(`${key} is not in R2`);
    return length > MAX_ARRAY_BYTES ? object.body : new Uint8Array(await object.arrayBuffer());
  };
}

export async function readBytes(read: RangeReader, offset: number, length: number): Promise<Uint8Array> {
  const found = await read(offset, length);
  return found instanceof Uint8Array ? found : new Uint8Array(await new Response(found).arrayBuffer());
}
