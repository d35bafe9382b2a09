/** What a test in Node and tests/support/workers/storage-worker.ts say to each other, as JSON. */

export type SentStatement = { sql: string; values: unknown[] };

export type StorageTask =
  | { do: "exec"; sql: string }
  | { do: "batch"; statements: SentStatement[] }
  | { do: "statement"; statement: SentStatement; method: "first" | "all" | "run" | "raw"; column?: string }
  /** The keys of every object, in order. */
  | { do: "keys" }
  | { do: "empty" };

export type StorageRequest = StorageTask & { id: number };
export type StorageAnswer = { id: number; value: unknown } | { id: number; error: SentError };
type SentError = { message: string; cause?: string };

/** Bound values as JSON can say them. */
export function encodeValues(values: unknown[]): unknown[] {
  return values.map((value) => {
    if (value === undefined) return { is: "undefined" };
    if (typeof value === "bigint") return { is: "bigint", digits: String(value) };
    if (value instanceof ArrayBuffer) return { is: "bytes", base64: Buffer.from(value).toString("base64") };
    if (ArrayBuffer.isView(value)) {
      const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      return { is: "bytes", base64: bytes.toString("base64") };
    }
    return value;
  });
}

/** The values as D1 is given them. */
export function decodeValues(values: unknown[]): unknown[] {
  return values.map((value) => {
    if (typeof value !== "object" || value === null) return value;
    const { is, base64, digits } = value as { is?: string; base64?: string; digits?: string };
    if (is === "bytes") return new Uint8Array(Buffer.from(base64 ?? "", "base64")).buffer;
    return is === "bigint" ? BigInt(digits ?? "") : is === "undefined" ? undefined : value;
  });
}
