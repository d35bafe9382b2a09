/** R2 wants equal parts of at least 5 MiB, the last one excepted. */
const PART_BYTES = 5 * 1024 * 1024;

export type Write = { position: number; data: Uint8Array };

/**
 * An R2 object written piece by piece by a muxer that goes back to fill in sizes. R2 cannot do that, so the first
 * part is kept in memory until the end and takes such patches; a patch behind it is refused. Two parts are in
 * memory at most.
 */
export function createObjectWriter(
  bucket: R2Bucket,
  key: string,
  contentType: string,
): { writable: WritableStream<Write>; finished: Promise<{ bytes: number }> } {
  const httpMetadata = { contentType };
  const first = new Uint8Array(PART_BYTES);
  const current = new Uint8Array(PART_BYTES);
  const uploaded: R2UploadedPart[] = [];
  let upload: R2MultipartUpload | undefined;
  let end = 0;
  const done = Promise.withResolvers<{ bytes: number }>();
  // The writer learns of a failure from the stream; this keeps it from also counting as unhandled.
  done.promise.catch(() => undefined);

  async function append(data: Uint8Array): Promise<void> {
    for (let from = 0; from < data.byteLength; ) {
      const offset = end % PART_BYTES;
      const taken = Math.min(PART_BYTES - offset, data.byteLength - from);
      const target = end < PART_BYTES ? first : current;
      target.set(data.subarray(from, from + taken), offset);
      from += taken;
      end += taken;
      if (end > PART_BYTES && end % PART_BYTES === 0) await uploadPart(end / PART_BYTES, current);
    }
  }

  async function uploadPart(n: number, bytes: Uint8Array): Promise<void> {
    upload ??= await bucket.createMultipartUpload(key, { httpMetadata });
    uploaded.push(await upload.uploadPart(n, bytes));
  }

  function patch({ position, data }: Write): void {
    if (position + data.byteLength > Math.min(end, PART_BYTES)) {
      throw new Error(
        `a write at ${position} lies behind the first ${PART_BYTES} bytes, which alone can be patched`,
      );
    }
    first.set(data, position);
  }

  async function put(piece: Write): Promise<void> {
    if (piece.position === end) return append(piece.data);
    if (piece.position < end && piece.position + piece.data.byteLength <= end) return patch(piece);
    throw new Error(`a write at ${piece.position} leaves a gap or straddles the end at ${end}`);
  }

  /** A stream whose sink fails calls no `abort`. */
  async function giveUp(reason: unknown): Promise<never> {
    done.reject(reason);
    await upload?.abort().catch(() => undefined);
    throw reason;
  }

  const writable = new WritableStream<Write>({
    write: (piece) => put(piece).catch(giveUp),
    close: () => finish().catch(giveUp),
    async abort(reason) {
      done.reject(reason);
      await upload?.abort();
    },
  });

  async function finish(): Promise<void> {
    if (end <= PART_BYTES) {
      await bucket.put(key, first.subarray(0, end), { httpMetadata });
    } else {
      const rest = end % PART_BYTES;
      if (rest > 0) await uploadPart(Math.ceil(end / PART_BYTES), current.subarray(0, rest));
      await uploadPart(1, first);
      await upload?.complete(uploaded.sort((a, b) => a.partNumber - b.partNumber));
    }
    done.resolve({ bytes: end });
  }

  return { writable, finished: done.promise };
}
