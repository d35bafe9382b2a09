import type { ByteRange } from "../media/range-reader.ts";

/** Of a new object: bytes of our own, or a range of the recording. */
export type Piece = Uint8Array | ByteRange;

export function pieceBytes(piece: Piece): number {
  return piece instanceof Uint8Array ? piece.byteLength : piece[1] - piece[0];
}

/**
 * Makes an object of the pieces, one after another. What comes from the recording goes from R2 to R2 and never through
 * JavaScript.
 * @returns its size in bytes
 */
export async function putPieces(
  bucket: R2Bucket,
  source: string,
  target: string,
  contentType: string,
  pieces: Piece[],
): Promise<number> {
  const options = { httpMetadata: { contentType } };
  const bytes = pieces.reduce((sum, piece) => sum + pieceBytes(piece), 0);
  const [only] = pieces;
  if (pieces.length === 1 && only && !(only instanceof Uint8Array)) {
    await bucket.put(target, await openRange(bucket, source, only), options);
    return bytes;
  }
  const { readable, writable } = new FixedLengthStream(bytes);
  const feed = async () => {
    try {
      for (const piece of pieces) await pour(bucket, source, piece, writable);
      await writable.close();
    } catch (error) {
      await writable.abort(error).catch(() => {});
      throw error;
    }
  };
  await Promise.all([bucket.put(target, readable, options), feed()]);
  return bytes;
}

async function pour(
  bucket: R2Bucket,
  source: string,
  piece: Piece,
  writable: WritableStream<Uint8Array>,
): Promise<void> {
  if (pieceBytes(piece) === 0) return;
  if (!(piece instanceof Uint8Array)) {
    const body = await openRange(bucket, source, piece);
    return body.pipeTo(writable, { preventClose: true, preventAbort: true });
  }
  const writer = writable.getWriter();
  await writer.write(piece);
  writer.releaseLock();
}

async function openRange(bucket: R2Bucket, key: string, [from, to]: ByteRange): Promise<ReadableStream> {
  const object = await bucket.get(key, { range: { offset: from, length: to - from } });
  if (!object) throw new Error(`${key} is not in R2`);
  return object.body;
}
