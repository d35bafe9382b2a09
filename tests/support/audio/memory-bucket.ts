/** As much of an R2 bucket as cutting needs, in memory, with a count of what it is asked. For tests in Node. */

/** R2 hands out streams in pieces. */
const CHUNK_BYTES = 64 * 1024;

/** What an object holds; one that makes its bytes when asked may be larger than memory. */
export type Content = { readonly length: number; subarray(from: number, to: number): Uint8Array };

type MemoryBucket = {
  bucket: R2Bucket;
  objects: Map<string, Content>;
  /** Of `get`, since the start. */
  asked: { reads: number; bytes: number };
};

export function createMemoryBucket(): MemoryBucket {
  installFixedLengthStream();
  const objects = new Map<string, Content>();
  const asked = { reads: 0, bytes: 0 };

  async function get(key: string, options?: { range?: { offset: number; length: number } }) {
    const bytes = objects.get(key);
    if (!bytes) return null;
    const { offset, length } = options?.range ?? { offset: 0, length: bytes.length };
    if (offset >= bytes.length) throw new Error(`the range starts at ${offset} of ${bytes.length} (10039)`);
    const part = bytes.subarray(offset, offset + length);
    asked.reads++;
    asked.bytes += part.length;
    return { body: toStream(part), arrayBuffer: async () => new Uint8Array(part).buffer };
  }

  async function put(key: string, value: ReadableStream<Uint8Array> | Uint8Array) {
    objects.set(key, await toBytes(value));
  }

  async function createMultipartUpload(key: string) {
    const parts: Uint8Array[] = [];
    return {
      uploadPart: async (partNumber: number, bytes: Uint8Array) => {
        parts[partNumber - 1] = new Uint8Array(bytes);
        return { partNumber, etag: "" };
      },
      complete: async () => put(key, Buffer.concat(parts)),
      abort: async () => {},
    };
  }

  async function head(key: string) {
    const bytes = objects.get(key);
    return bytes ? { size: bytes.length } : null;
  }

  // Only what is called is there: a test that needs more fails loudly.
  return { bucket: { get, put, head, createMultipartUpload } as unknown as R2Bucket, objects, asked };
}

function toStream(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(new Uint8Array(bytes.subarray(at, at + CHUNK_BYTES)));
      at += CHUNK_BYTES;
    },
  });
}

async function toBytes(value: ReadableStream<Uint8Array> | Uint8Array): Promise<Uint8Array> {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  return new Uint8Array(await new Response(value).arrayBuffer());
}

/** workerd has it, Node has not: a stream that takes an exact number of bytes. */
class FixedLengthStream extends TransformStream<Uint8Array, Uint8Array> {
  constructor(expected: number) {
    let seen = 0;
    super({
      transform(chunk, controller) {
        seen += chunk.byteLength;
        controller.enqueue(chunk);
      },
      flush() {
        if (seen !== expected) throw new TypeError(`${seen} bytes came, not ${expected}`);
      },
    });
  }
}

export function installFixedLengthStream(): void {
  Object.assign(globalThis, { FixedLengthStream });
}
