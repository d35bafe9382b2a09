import { type ByteSource, READ_BYTES } from "../../../shared/byte-source.ts";
import { type PartHeaders, parsePartHeaders } from "./part-headers.ts";

const MAX_HEADER_BYTES = 16 * 1024;

type FormErrorReason = "no_boundary" | "malformed" | "truncated" | "two_files" | "too_large";

/** The form cannot be read. The message tells the sender why. */
export class FormError extends Error {
  override name = "FormError";
  readonly reason: FormErrorReason;

  constructor(reason: FormErrorReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/**
 * Splits a multipart/form-data body (RFC 7578) into its parts while it arrives. Only one window of it is in memory, and
 * nothing is read ahead. Call `nextPart`, then `nextPiece` until it gives null, and so on.
 */
export class FormReader {
  readonly #source: ByteSource;
  readonly #delimiter: Buffer;
  #buffer = new ArrayBuffer(READ_BYTES + MAX_HEADER_BYTES);
  #start = 0;
  #end = 0;
  #place: "part" | "headers" | "end" = "part";

  constructor(source: ByteSource, boundary: string) {
    this.#source = source;
    this.#delimiter = Buffer.from(`\r\n--${boundary}`);
    // The first delimiter usually has no line before it. With this one it is like all others.
    this.#end = Buffer.from(this.#buffer).write("\r\n");
  }

  /** The next part's headers, null at the end of the form. The unread rest of the part before is skipped. */
  async nextPart(): Promise<PartHeaders | null> {
    while (this.#place === "part") await this.nextPiece();
    if (this.#place === "end") return null;
    this.#place = "part";
    const headers = parsePartHeaders(await this.#readHeaders());
    if (!headers) {
      throw new FormError("malformed", "A part of the form has no usable Content-Disposition with a name.");
    }
    return headers;
  }

  /** The next bytes of the part, never empty, null at its end. They are valid until the next call. */
  async nextPiece(): Promise<Uint8Array<ArrayBuffer> | null> {
    for (;;) {
      const found = this.#window.indexOf(this.#delimiter);
      if (found > 0) return this.#take(found);
      if (found === 0) {
        const { length } = this.#delimiter;
        const after = this.#window.toString("latin1", length, length + 2);
        if (after === "\r\n" || after === "--") {
          this.#take(length);
          this.#place = after === "--" ? "end" : "headers";
          return null;
        }
        if (after.length === 2) return this.#take(length); // it only begins like the boundary
      } else {
        const safe = this.#window.length - this.#delimiter.length + 1;
        if (safe > 0) return this.#take(safe);
      }
      await this.#readOn();
    }
  }

  /** From the line end of the delimiter to the empty line. */
  async #readHeaders(): Promise<string> {
    for (;;) {
      const found = this.#window.indexOf("\r\n\r\n");
      if ((found < 0 ? this.#window.length : found) > MAX_HEADER_BYTES) {
        throw new FormError("malformed", "The headers of a part of the form are too long.");
      }
      if (found >= 0) {
        const headers = this.#window.toString("utf8", 0, found);
        this.#take(found + 4);
        return headers;
      }
      await this.#readOn();
    }
  }

  get #window(): Buffer<ArrayBuffer> {
    return Buffer.from(this.#buffer, this.#start, this.#end - this.#start);
  }

  #take(length: number): Uint8Array<ArrayBuffer> {
    const piece = new Uint8Array(this.#buffer, this.#start, length);
    this.#start += length;
    return piece;
  }

  async #readOn(): Promise<void> {
    new Uint8Array(this.#buffer).copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
    const { buffer, bytes } = await this.#source.read(this.#buffer, this.#end).catch((cause: unknown) => {
      throw new FormError("truncated", "The form broke off before its end.", { cause });
    });
    if (bytes === 0) throw new FormError("truncated", "The form ends before its closing boundary.");
    this.#buffer = buffer;
    this.#end += bytes;
  }
}
